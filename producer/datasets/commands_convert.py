"""The command ``producer dataset convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from producer.datasets.options import Layout, PlaceOptions, chosen_places, with_places

if TYPE_CHECKING:
    from producer.doctor.subject import Places


@with_places
def convert(
    dataset: Annotated[str, typer.Argument(help="what to read: all that doctor takes")],
    *,
    output: Annotated[
        Path, typer.Option(help="the file to write: NAME.npz, NAME.npy (no labels), NAME.pkl")
    ],
    layout: Layout = None,
    **places: Unpack[PlaceOptions],
) -> None:
    """Write any data set that can be streamed as one plain file, best an .npz."""
    _convert(dataset, output, layout, chosen_places(**places))


def _convert(dataset: str, output: Path, layout: str | None, places: Places) -> None:
    # Imported here because numpy would slow down the answer to --help.
    import structlog

    from producer.datasets.create import check_suffix, write_dataset
    from producer.datasets.proven import proven_command
    from producer.doctor.subject import find_subject

    check_suffix(output, "option --output")
    subject = find_subject(dataset, layout=layout, places=places)
    write_dataset(subject.images, output)
    log = structlog.get_logger()
    for warning in subject.warnings:
        log.warning("dataset-warning", dataset=dataset, warning=warning)
    log.info(
        "dataset-converted",
        file=str(output),
        images=len(subject.images),
        digest=subject.images.digest(),
        command=proven_command(subject.images, output, places),
    )
