"""A file that was written is read again, where it can be, before its command is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from producer.datasets.streaming import streaming_command
from producer.doctor.subject import Places, read_path
from producer.datasets.settings import MIB
from shared.errors import DataError, StoreError
from shared.intake.imageset import ImageSet


def proven_command(images: ImageSet, path: Path, places: Places) -> str:
    """The shell command that streams a file just written, found by reading it where that works.

    Where its axes are ambiguous the command names the layout, where it is larger than files may
    be, the limit. The conversion stays in the cache, so that streaming it begins at once;
    where nothing can be kept there, the file is not read, and the command is what is usual.

    Args:
        images: what was written.
        path: the file.
        places: where to keep the conversion, and how much is taken.

    Raises:
        DataError: it is not read as it was written.
    """
    size = -(-path.stat().st_size // MIB) * MIB
    limits = replace(places.limits, file_bytes=max(places.limits.file_bytes, size))
    layouts = (None,) if images.layout == "ragged" else (None, images.layout)
    try:
        for layout in layouts:
            if _is_read(images, path, layout, replace(places, limits=limits)):
                return streaming_command(str(path), layout, limits)
    except StoreError:
        return streaming_command(str(path), None, limits)
    hint = "please report it, with the data set"
    raise DataError("the file is not read as it was written", at=path, hint=hint)


def _is_read(images: ImageSet, path: Path, layout: str | None, places: Places) -> bool:
    try:
        read = read_path(path, str(path), layout=layout, places=places)
    except DataError:
        return False
    return read.images.digest() == images.digest()
