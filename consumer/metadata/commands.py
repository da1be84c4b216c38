"""The command ``consumer inspect``.

OpenCV and numpy take a while to import, so what needs them is imported where it is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import SettingsError

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
    and all others are there.
    """
    if schema:
        from consumer.metadata.model import json_schema

        sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
        return
    if not images:
        raise SettingsError("no images", expected="files, folders or patterns", got="none")
    from consumer.metadata.paths import find_images
    from consumer.metadata.pool import default_workers, prepare

    wanted = find_images(images)
    processes = min(workers or default_workers(len(wanted.files)), len(wanted.files))
    if processes > 1:
        prepare(PRELOAD)
    # Imported here because OpenCV takes longer than to start what imports it elsewhere.
    from consumer.metadata.tasks import Request, inspect_images

    request = Request(
        wanted=wanted, workers=processes, output=output, per_image=per_image, learn=learn
    )
    if inspect_images(request).unreadable:
        raise typer.Exit(UNREADABLE)
