"""map_images: plain arrays that cannot be written to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from intake_parts import GRAY, LABELS

from producer.intake.writer import map_images
from shared.errors import DataError
from shared.intake.ragged import RaggedImages


def test_arrays_are_plain_and_read_only(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", GRAY)
    np.save(tmp_path / "labels.npy", LABELS)
    images = map_images(tmp_path, ("a", "b", "c"), "here")
    assert images.where == "here"
    assert np.array_equal(images.stack, GRAY) and images.labels is not None
    assert np.array_equal(images.labels, LABELS)
    for array in (images.stack, images.labels):
        assert not isinstance(array, np.memmap) and not array.flags.writeable


def test_images_of_several_sizes_have_their_shapes(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", GRAY[0].ravel())
    np.save(tmp_path / "shapes.npy", np.array([[2, 5, 1], [10, 1, 1]]))
    images = map_images(tmp_path, (), "here").images
    assert isinstance(images, RaggedImages)
    assert [image.shape for image in images] == [(2, 5), (10, 1)]


@pytest.mark.parametrize("length", [0, 5, 100, 150, 247])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, length: int) -> None:
    np.save(tmp_path / "pixels.npy", GRAY)
    data = (tmp_path / "pixels.npy").read_bytes()
    (tmp_path / "pixels.npy").write_bytes(data[:length])
    with pytest.raises((ValueError, EOFError)):
        map_images(tmp_path, (), "here")


def test_arrays_that_are_no_image_set_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", GRAY.astype(np.int32))
    with pytest.raises(DataError, match="wrong dtype of images in here"):
        map_images(tmp_path, (), "here")


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="Array can't be memory-mapped|Object arrays"):
        map_images(tmp_path, (), "here")
