"""proven_command: what is said to stream a file was tried."""

from __future__ import annotations

import tempfile
from pathlib import Path

import doctor_parts as parts
import numpy as np
import pytest
import tiny_dataset as tiny

from producer.datasets.create import write_dataset
from producer.datasets.proven import proven_command
from producer.doctor.subject import Places
from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits


def written(images: ImageSet, folder: Path, limits: Limits = Limits()) -> str:
    """The command for a set that was written as an archive, without the file's name."""
    path = folder / "a.npz"
    write_dataset(images, path)
    command = proven_command(images, path, Places(cache_dir=folder / "cache", limits=limits))
    return command.replace(str(path), "FILE")


def test_a_plain_file_needs_no_option(tmp_path: Path) -> None:
    assert written(tiny.image_set(), tmp_path) == "producer serve --dataset FILE"


def test_sizes_that_vary_need_no_option(tmp_path: Path) -> None:
    images = parts.image_set(parts.ragged([np.zeros((2, 3), np.uint8), np.ones((4, 3), np.uint8)]))
    assert written(images, tmp_path) == "producer serve --dataset FILE"


def test_axes_that_are_ambiguous_are_named(tmp_path: Path) -> None:
    images = ImageSet(np.zeros((3, 3, 4, 3), np.uint8))
    assert written(images, tmp_path) == "producer serve --dataset FILE --layout NHWC"


def test_a_file_that_is_larger_than_allowed_names_the_limit(tmp_path: Path) -> None:
    images = ImageSet(parts.pictures(2, side=900))
    command = written(images, tmp_path, Limits(file_bytes=2**20))
    assert command == "producer serve --dataset FILE --max-file-mib 2"


def test_where_nothing_can_be_kept_the_command_is_the_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    images = ImageSet(np.zeros((3, 3, 4, 3), np.uint8))
    assert written(images, tmp_path) == "producer serve --dataset FILE"


@pytest.mark.parametrize("content", [tiny.PIXELS + 1, tiny.PIXELS.astype(np.complex128)])
def test_a_file_that_is_read_as_something_else_is_no_success(
    tmp_path: Path, content: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, content)
    images = ImageSet(tiny.PIXELS)
    with pytest.raises(DataError, match="the file is not read as it was written at .*a.npy"):
        proven_command(images, path, Places(cache_dir=tmp_path / "cache"))
