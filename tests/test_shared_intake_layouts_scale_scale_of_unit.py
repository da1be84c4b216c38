"""Scale: pixels of any plain dtype to uint8, never wrapped around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.layouts.scale import Scale, scale_of


def blocks(*values: Any) -> list[NDArray[Any]]:
    """One block of (1, n) pixels for each row."""
    return [np.asarray(row)[None] for row in values]


@pytest.mark.parametrize(
    ("given_blocks", "expected", "warning"),
    [
        (blocks(np.array([0, 255], np.uint8)), [[0, 255]], ""),
        (
            blocks(np.array([True, False])),
            [[255, 0]],
            "pixels of dtype bool were read as 0 and 255",
        ),
        (blocks([0, 255]), [[0, 255]], "pixels of dtype int64 in 0..255 were converted to uint8"),
        (
            blocks(np.array([7, 8], ">u2")),
            [[7, 8]],
            "pixels of dtype uint16 in 7..8 were converted",
        ),
        (
            blocks(np.array([1], "u1"), np.array([2], "i4")),
            [[1], [2]],
            "dtype int32, uint8 in 1..2",
        ),
        (blocks([0.0, 1.0]), [[0, 255]], "in 0..1 were multiplied by 255 and rounded"),
        (blocks(np.array([0.5], ">f4")), [[128]], "pixels of dtype float32 in 0..1 were multi"),
        (
            blocks([0.5, 1.0000001]),
            [[128, 255]],
            "pixels of dtype float64 in 0.5..1.0000001 were multiplied by 255, rounded and clipped",
        ),
        (blocks(np.array([0.0, 1.001])), [[0, 255]], "multiplied by 255, rounded and clipped"),
        (blocks([0.0, 1.0], [2.0]), [[0, 1], [2]], "pixels of dtype float64 in 0..2 were rounded"),
        (blocks([0.5, 2.5]), [[0, 2]], "pixels of dtype float64 in 0.5..2.5 were rounded"),
        (
            blocks([0.4], [254.6]),
            [[0], [255]],
            "pixels of dtype float64 in 0.4..254.6 were rounded",
        ),
        (
            blocks(np.array([0, 2], np.float16)),
            [[0, 2]],
            "pixels of dtype float16 in 0..2 were roun",
        ),
        (blocks(np.array([0.2], "g")), [[51]], "were multiplied by 255 and rounded"),
    ],
)
def test_pixels_are_converted(
    given_blocks: list[NDArray[Any]], expected: list[list[int]], warning: str
) -> None:
    scale = scale_of({block.dtype for block in given_blocks}, lambda: given_blocks, "f")
    converted = [scale.apply(block) for block in given_blocks]
    assert all(block.dtype == np.uint8 for block in converted)
    assert [block[0].tolist() for block in converted] == expected
    assert warning in scale.warning and bool(warning) == bool(scale.warning)


@pytest.mark.parametrize(
    ("given_blocks", "message"),
    [
        (
            blocks([0], [256]),
            "image 1 has a pixel out of range in f: .* 0..255, got 0..256 over all",
        ),
        (blocks([0], [-1]), "image 1 has a pixel out of range in f: .* got -1..0 .* scale them"),
        (
            blocks([0, 65535]),
            "image 0 has a pixel out of range in f: .* divide 16-bit pixels by 257",
        ),
        (blocks([2**40]), "image 0 has a pixel out of range in f: .* scale them to 0..255"),
        (
            blocks(np.array([2**64 - 1], "u8")),
            "got 18446744073709551615..18446744073709551615 over",
        ),
        (blocks([0.0], [255.5]), "image 1 has a pixel out of range in f: .* got 0..255.5 over all"),
        (blocks([0.5], [-0.5]), "image 1 has a pixel out of range in f: .* undo the normalisation"),
        (
            blocks([0.5], [1.5]),
            "ambiguous range of pixels in f: expected 0..1 or 0..255, got 0.5..1.5; bring them to",
        ),
        (blocks([0.5, 2.0]), "ambiguous range of pixels in f"),
        (blocks([0.5], [np.nan]), "image 1 has a pixel that is no number in f: .*nan_to_num"),
        (blocks([np.inf]), "image 0 has a pixel that is no number in f"),
        (blocks([-np.inf]), "image 0 has a pixel that is no number in f"),
        (blocks([1j]), "wrong dtype of images in f: expected numbers, best uint8, got complex128"),
        (blocks(["a"]), "wrong dtype of images in f: .* got str"),
        (
            blocks([0.5], [1]),
            "wrong dtype of images in f: expected uint8 for all images, got float64, i",
        ),
        (blocks([True], [1]), "wrong dtype of images in f: .* got bool, int64; scale them"),
    ],
)
def test_pixels_that_would_not_survive_are_refused(
    given_blocks: list[NDArray[Any]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        scale_of({block.dtype for block in given_blocks}, lambda: given_blocks, "f")


def test_pixels_that_fit_are_neither_judged_nor_copied() -> None:
    pixels = np.zeros((2, 3), np.uint8)
    assert Scale().apply(pixels) is pixels
    assert scale_of({pixels.dtype}, lambda: pytest.fail("judged"), "f") == Scale()


@given(st.lists(st.integers(0, 255), min_size=1), st.sampled_from(["f2", "f4", ">f8"]))
def test_bytes_divided_by_255_come_back(values: list[int], dtype: str) -> None:
    block = (np.array([values]) / 255).astype(dtype)
    scale = scale_of({block.dtype}, lambda: [block], "f")
    assert scale.apply(block).tolist() == [values]


def test_pixels_in_another_order_of_memory_are_converted_in_place() -> None:
    block = np.asfortranarray(np.arange(24).reshape(2, 3, 4) / 1.0)
    np.testing.assert_array_equal(Scale(1, "rounded").apply(block), block)
