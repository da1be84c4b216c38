"""write_found: pixels block by block, and what belongs to them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS, Pixels, checksum_of
from numpy.typing import NDArray

from producer.intake.writer import Written, write_found
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages

COLOUR = np.stack([intake_parts.colour(k) for k in range(5)])
CLASSES = ("a", "b", "c")
Blocks = list[Pixels]


def _write(
    folder: Path, found: Found, *, limits: Limits = Limits(), told: list[object] | None = None
) -> Written:
    def progress(count: int, total: int | None) -> None:
        if told is not None:
            told.append((count, total))

    return write_found(found, folder, where="here", limits=limits, progress=progress)


@pytest.mark.parametrize("count", [None, 6], ids=["count unknown", "count known"])
def test_gray_images_become_one_array(tmp_path: Path, count: int | None) -> None:
    found = Found(lambda: iter([GRAY[:4], GRAY[4:]]), "x", count, LABELS, CLASSES)
    told: list[object] = []
    written = _write(tmp_path, found, told=told)
    assert written == Written(6, (6, 4, 5), checksum_of(ImageSet(GRAY, LABELS, CLASSES)))
    assert np.array_equal(np.load(tmp_path / "pixels.npy"), GRAY)
    assert np.array_equal(np.load(tmp_path / "labels.npy"), LABELS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.npy", "pixels.npy"]
    assert told == [(4, count), (6, count)]


@pytest.mark.parametrize("count", [None, 5, 7], ids=["unknown", "known", "wrong"])
def test_colour_images_keep_their_channels(tmp_path: Path, count: int | None) -> None:
    written = _write(tmp_path, Found(lambda: iter([COLOUR]), "x", count))
    assert written == Written(5, (5, 4, 5, 3), checksum_of(ImageSet(COLOUR)))
    assert np.array_equal(np.load(tmp_path / "pixels.npy"), COLOUR)


def test_blocks_in_another_order_of_memory_are_written_in_c_order(tmp_path: Path) -> None:
    turned = np.asfortranarray(GRAY)
    written = _write(tmp_path, Found(lambda: iter([turned]), "x", 6))
    assert written.checksum == checksum_of(ImageSet(GRAY))


def test_a_block_may_use_its_memory_again(tmp_path: Path) -> None:
    def blocks() -> Iterator[Pixels]:
        block = np.empty_like(GRAY[:1])
        for image in GRAY:
            block[0] = image
            yield block

    assert _write(tmp_path, Found(blocks, "x", 6)).checksum == checksum_of(ImageSet(GRAY))


@pytest.mark.parametrize("count", [None, 5])
def test_images_of_several_sizes_lie_one_after_the_other(tmp_path: Path, count: int | None) -> None:
    blocks: Blocks = [GRAY[:2], COLOUR[:1], GRAY[2:4, :2]]
    written = _write(tmp_path, Found(lambda: iter(blocks), "x", count, LABELS[:5], CLASSES))
    shapes = np.array([[4, 5, 1]] * 2 + [[4, 5, 3]] + [[2, 5, 1]] * 2)
    pixels = np.concatenate([block.ravel() for block in blocks])
    expected = ImageSet(RaggedImages(pixels, shapes), LABELS[:5], CLASSES)
    assert written == Written(5, None, checksum_of(expected))
    assert np.array_equal(np.load(tmp_path / "shapes.npy"), shapes)
    assert np.array_equal(np.load(tmp_path / "pixels.npy"), pixels)


def test_names_are_kept_whatever_they_hold(tmp_path: Path) -> None:
    names = ("ü.png", "a b.png")
    written = _write(tmp_path, Found(lambda: iter([GRAY[:2]]), "x", 2, names=names))
    content = (tmp_path / "names.json").read_bytes()
    assert written.names_sha256 == hashlib.sha256(content).hexdigest()
    assert json.loads((tmp_path / "names.json").read_text("ascii")) == list(names)


def test_names_that_are_too_long_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    names = ("\x1b" * 2**12,) * (2**26 // (6 * 2**12) + 1)
    found = Found(lambda: iter([GRAY[:2]]), "x", 2, names=names)
    assert _write(tmp_path, found).names_sha256 is None
    assert found.warnings == ["the names of the images are left out, because they are too long"]
    assert os.listdir(tmp_path) == ["pixels.npy"]


@pytest.mark.parametrize(
    ("blocks", "labels", "limits", "message"),
    [
        ([], None, Limits(), "no images found in here: expected at least one image"),
        ([GRAY], None, Limits(images=5), "too many images in here: expected at most 5, got more"),
        ([GRAY], None, Limits(pixel_bytes=9), "too many pixels in here: expected at most 9 bytes"),
        ([GRAY, GRAY], None, Limits(pixel_bytes=199), "too many pixels"),
        ([GRAY], LABELS[:2], Limits(), "wrong number of labels in here"),
        ([COLOUR[..., :2]], None, Limits(), "wrong shape of images in here"),
    ],
)
def test_what_is_no_image_set_is_refused(
    tmp_path: Path, blocks: Blocks, labels: NDArray[np.int64] | None, limits: Limits, message: str
) -> None:
    found = Found(lambda: iter(blocks), "x", None, labels, CLASSES)
    with pytest.raises(DataError, match=message):
        _write(tmp_path, found, limits=limits)


def test_a_folder_that_cannot_be_written_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _write(tmp_path / "absent", Found(lambda: iter([GRAY]), "x"))
