"""The command ``consumer inspect``.

OpenCV and numpy take a while to import, so what needs them is imported where it is used.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import SettingsError, StoreError

UNREADABLE = 1
PRELOAD = ("consumer.metadata.describe", "consumer.__main__")
"""What each process needs; the second because it imports what its parent was started as."""


def inspect(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE...", help="Files, folders, or patterns such as 'photos/**/*.png'."
        ),
    ] = None,
    *,
    output: Annotated[
        str, typer.Option(help="Where the document goes; - is standard output.")
    ] = "-",
    per_image: Annotated[
        Path | None, typer.Option(help="Folder for a file of each image as well.")
    ] = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn the thresholds of the flags from the images.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; 1: none. Default: the processors, at most 4."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Write the document's JSON Schema, nothing else.")
    ] = False,
) -> None:
    """Describe images as JSON: how they are stored, how good they are, what is odd about them.

    Exit code 0 when all could be described, 1 when at least one could not: its entry says why,
    and all others are there. SIGTERM ends it as Ctrl-C does, with 130.
    """
    if output == "-" and sys.stdout is None:
        raise StoreError("cannot write the JSON", at="standard output", got="closed")
    if schema:
        from consumer.metadata.model import json_schema

        sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
        return
    if not images:
        raise SettingsError("no images", expected="files, folders or patterns", got="none")
    with _terminable():
        unreadable = _describe(
            images, workers=workers, output=output, per_image=per_image, learn=learn
        )
    if unreadable:
        raise typer.Exit(UNREADABLE)


@contextmanager
def _terminable() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _describe(
    images: list[str], *, workers: int | None, output: str, per_image: Path | None, learn: bool
) -> int:
    """Describe the images; how many could not be."""
    from consumer.metadata.paths import find_images
    from consumer.metadata.pool import default_workers, prepare

    wanted = find_images(images)
    processes = min(workers or default_workers(len(wanted.files)), len(wanted.files))
    if processes > 1:
        prepare(PRELOAD)
    else:
        from consumer.metadata.memory import keep_freed_memory

        keep_freed_memory()
    # Imported here because OpenCV takes longer than to start what imports it elsewhere.
    from consumer.metadata.tasks import Request, inspect_images

    request = Request(
        wanted=wanted, workers=processes, output=output, per_image=per_image, learn=learn
    )
    return inspect_images(request).unreadable
