"""Make a data set file: draw a sample, write it in one of three formats."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from producer.datasets.whole import write_whole
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle
from shared.intake.ragged import RaggedImages


def sample(images: ImageSet, *, count: int | None, seed: int) -> ImageSet:
    """Draw ``count`` images uniformly without replacement, in random order.

    Args:
        images: the set to draw from.
        count: how many, 1 to all; None for all of them in their own order.
        seed: the same seed draws the same images; 0 or more.

    Raises:
        DataError: ``count`` or ``seed`` is out of range.
    """
    if count is None:
        return images
    if not 1 <= count <= len(images):
        expected = f"1 to {len(images):,} images"
        raise DataError("cannot draw the sample", where=images.where, expected=expected, got=count)
    if seed < 0:
        raise DataError("cannot draw the sample", expected="a seed of 0 or more", got=seed)
    chosen = np.random.default_rng(seed).permutation(len(images))[:count]
    return images.part(chosen)


def check_suffix(path: Path, where: str) -> Path:
    """Give back a path that a data set can be written to.

    Args:
        path: the file.
        where: the option that names it.

    Raises:
        SettingsError: its suffix names no format that is written.
    """
    if path.suffix.lower() not in _WRITERS:
        expected = f"a file that ends in {', '.join(_WRITERS)}"
        raise SettingsError("unknown format", where=where, expected=expected, got=repr(str(path)))
    return path


def write_dataset(images: ImageSet, path: Path) -> None:
    """Write a data set in the format that its suffix names, complete or not at all.

    ``.npz`` holds ``images`` (of several sizes: ``pixels`` and ``shapes``) and, where there are
    labels, ``labels`` and ``classes``, not compressed; ``.pkl``, ``.pickle`` and ``.p`` hold a
    dict of the same, the images of several sizes as a list; ``.npy`` holds the images alone.

    Args:
        images: the set.
        path: the file; replaced where it is there.

    Raises:
        SettingsError: the suffix names no format that is written.
        DataError: the format cannot hold all of it.
        StoreError: the folder is missing, or it cannot be written.
    """
    writer = _WRITERS[check_suffix(path, "the file's name").suffix.lower()]
    if writer is _dump_npy:
        _check_npy(images)
    write_whole(path, partial(writer, images))


def _check_npy(images: ImageSet) -> None:
    lost = "images of several sizes" if isinstance(images.images, RaggedImages) else ""
    if images.labels is not None:
        lost = "labels"
    if lost:
        hint = "write an .npz, which holds all of it"
        raise DataError(f"a .npy cannot hold {lost}", where=images.where, hint=hint)


def _dump_npy(images: ImageSet, stream: BinaryIO) -> None:
    np.save(stream, images.stack, allow_pickle=False)


def _dump_npz(images: ImageSet, stream: BinaryIO) -> None:
    if isinstance(images.images, RaggedImages):
        found = images.images
        content: dict[str, NDArray[Any]] = {"pixels": found.pixels, "shapes": found.shapes}
    else:
        content = {"images": images.images}
    if images.labels is not None:
        content |= {"labels": images.labels, "classes": np.array(images.classes, np.str_)}
    # As numpy.savez writes it, but with the same bytes each time: no date is in it.
    with zipfile.ZipFile(stream, "w") as archive:
        for name, array in content.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


_WRITERS: Mapping[str, Callable[[ImageSet, BinaryIO], None]] = {
    ".npz": _dump_npz,
    ".npy": _dump_npy,
    ".pkl": dump_pickle,
    ".pickle": dump_pickle,
    ".p": dump_pickle,
}
