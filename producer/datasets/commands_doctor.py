"""The command ``producer dataset doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from producer.datasets.options import Layout, PlaceOptions, chosen_places, with_places

if TYPE_CHECKING:
    from producer.doctor.diagnosis import Diagnosis
    from producer.doctor.subject import Places


@with_places
def doctor(
    dataset: Annotated[
        str,
        typer.Argument(
            help="a file, a folder, a recording, or a name: fashion-mnist:test, builtin, auto"
        ),
    ],
    *,
    layout: Layout = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
    output: Annotated[
        Path | None, typer.Option(help="file to write to; default standard output")
    ] = None,
    **places: Unpack[PlaceOptions],
) -> None:
    """Say what a data set holds, what may be wrong with it, and how to stream it.

    Exit code 0 where it can be streamed; otherwise that of the error, 5 for
    data that cannot be used, and one line on standard error that says why.
    """
    _diagnose(dataset, layout, chosen_places(**places), output, is_json=as_json)


def _diagnose(
    dataset: str, layout: str | None, places: Places, output: Path | None, *, is_json: bool
) -> None:
    # Imported here because numpy and OpenCV would slow down the answer to --help.
    from producer.doctor.diagnose import diagnose, refused
    from producer.doctor.stages import shown_stages
    from producer.doctor.subject import find_subject
    from shared.errors import CatwalkError
    from shared.logs import configure_logging

    configure_logging("error")
    try:
        subject = find_subject(dataset, layout=layout, places=places)
        with shown_stages() as stage:
            diagnosis = diagnose(subject, stage=stage)
    except CatwalkError as error:
        if is_json:
            _give(refused(dataset, error), output, is_json=True)
        raise
    _give(diagnosis, output, is_json=is_json)


def _give(diagnosis: Diagnosis, output: Path | None, *, is_json: bool) -> None:
    import sys

    from producer.datasets.whole import write_whole
    from producer.doctor.printing import as_json, as_text
    from shared.output import standard_output

    text = (as_json if is_json else as_text)(diagnosis)
    if output is None:
        with standard_output():
            # What the terminal cannot show is escaped; a name must not end the command.
            typer.echo(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"), nl=False)
    else:
        write_whole(output, lambda stream: stream.write(text.encode()))
