"""Make a data set file: draw a sample, write it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np

from shared.errors import DataError, StoreError
from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle


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


def write_pickle(images: ImageSet, path: Path) -> None:
    """Write a pickle that is either complete on disk or not there; replaces what was.

    Raises:
        StoreError: the folder is missing, or it cannot be written.
    """
    if os.path.exists(path) and not path.is_file():
        raise StoreError("cannot write", at=path, expected="a file", got="something else there")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            dump_pickle(images, stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError("cannot write", at=path, got=error.strerror) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
