"""Reader of a folder of images; the immediate sub-folders, where there are any, are the classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from producer.intake.job import Job
from producer.intake.listing import File, Listing, list_folder
from producer.intake.readers.decoding import decode
from producer.intake.readers.opened import read_whole
from producer.intake.wire import printable
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.layouts.layout import SPLITS
from shared.intake.limits import MAX_CLASS_NAME
from shared.intake.suffixes import IMAGE_SUFFIXES

MAX_IMAGE_BYTES = 2**28


def read(job: Job) -> Found:
    """Read a folder of images in natural order of their names.

    Raises:
        DataError: there are none, it is a folder of splits, or an image is damaged.
    """
    refuse_layout(job)
    listing = list_folder(Path(job.path), job.limits)
    _check_splits(listing, job)
    warnings = _skipped(listing)
    files, labels, classes = _labelled(listing, warnings)
    if not files:
        hint = f"put images into it: {', '.join(sorted(IMAGE_SUFFIXES))}"
        raise DataError(
            "no images found", where=job.where, expected="at least one image", hint=hint
        )
    kind = f"in {len(classes)} folders" if classes else "without labels"
    return Found(
        lambda: images_of(files, job),
        f"a folder with {len(files):,} images {kind}",
        count=len(files),
        labels=labels,
        classes=classes,
        names=tuple(printable(file.name) for file in files),
        warnings=warnings,
    )


def images_of(files: Sequence[File], job: Job) -> Iterator[NDArray[np.uint8]]:
    """Decode files of the job's folder one by one, each as a block of one image."""
    for file in files:
        where = f"{printable(file.name)} of {job.where}"
        data = read_whole(Path(job.path, file.name), where=where, most=MAX_IMAGE_BYTES)
        yield decode(data, where)[None]


def refuse_layout(job: Job) -> None:
    """DataError where a layout was given, because images in files have none."""
    if job.layout is not None:
        raise DataError(
            "a layout makes no sense here",
            where=job.where,
            expected="none for a folder or a video",
            got=job.layout,
            hint="leave --layout away",
        )


def _check_splits(listing: Listing, job: Job) -> None:
    names = [name for name in listing.folders if name.lower() in SPLITS]
    if len(names) > 1 and len(names) == len({file.parts[0] for file in listing.images}):
        raise DataError(
            "several splits",
            where=job.where,
            expected="a folder with one folder for each class",
            got=printable(", ".join(names), 200),
            hint=f"give one of them: {printable(Path(job.path, names[0]))}",
        )


def _skipped(listing: Listing) -> list[str]:
    others = len(listing.files) - len(listing.images)
    kinds = ((others, "that are no images"), (listing.skipped, "that are hidden or no files"))
    return [f"{count:,} entries {what} were skipped" for count, what in kinds if count]


def _labelled(
    listing: Listing, warnings: list[str]
) -> tuple[Sequence[File], NDArray[np.int64] | None, tuple[str, ...]]:
    inside = [file for file in listing.images if len(file.parts) > 1]
    if not inside:
        return listing.images, None, ()
    if len(inside) < len(listing.images):
        count = len(listing.images) - len(inside)
        warnings.append(f"{count:,} images outside of the class folders were skipped")
    used = {file.parts[0] for file in inside}
    folders = [name for name in listing.folders if name in used]
    if len(folders) < len(listing.folders):
        count = len(listing.folders) - len(folders)
        warnings.append(f"{count:,} folders without images were skipped")
    place = {name: label for label, name in enumerate(folders)}
    labels = np.array([place[file.parts[0]] for file in inside], np.int64)
    return inside, labels, tuple(printable(name, MAX_CLASS_NAME) for name in folders)
