"""Axes: which axis is which, and how images come to be streamed."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import COLOUR, GRAY, planes

from shared.errors import DataError
from shared.intake.layouts.axes import Axes, axes_of, is_row_length
from shared.intake.layouts.layout import Layout


@pytest.mark.parametrize(
    ("shapes", "layout", "expected"),
    [
        ([(5, 5)], None, Axes("HWC")),
        ([(5, 6, 3)], None, Axes("HWC")),
        ([(3, 5, 6)], None, Axes("CHW")),
        ([(1, 5, 6)], None, Axes("CHW")),
        ([(5, 6, 3), (3, 9, 4), (7, 7)], None, Axes("HWC")),
        ([(3, 5, 6), (4, 9, 3), (7, 7)], None, Axes("CHW")),
        ([(25,), (75,)], None, Axes("CHW")),
        ([(15,)], "3x5", Axes("HWC", (3, 5))),
        ([(90,)], "5x6x3", Axes("HWC", (5, 6, 3))),
        ([(90,)], "3x5x6", Axes("CHW", (3, 5, 6))),
        ([(3, 5, 3)], "NHWC", Axes("HWC")),
        ([(3, 5, 3), (4, 4)], "NCHW", Axes("CHW")),
        ([(3, 5, 3)], "3x5x3", Axes("HWC", (3, 5, 3))),
    ],
)
def test_axes_are_decided_for_all_images_together(
    shapes: list[tuple[int, ...]], layout: str | None, expected: Axes
) -> None:
    assert axes_of(shapes, Layout.parse(layout), str, "f") == expected


@pytest.mark.parametrize(
    ("shapes", "layout", "message"),
    [
        ([(5, 5), ()], None, r"wrong shape of images in f: expected \(H, W\), .* got \(\)"),
        ([(5, 5), (1, 2, 3, 4)], None, r"wrong shape of images in f: .* got \(1, 2, 3, 4\)"),
        ([(5, 5), (25,)], None, r"wrong shape of images in f: .* got \(25,\)"),
        (
            [(3, 5, 3)],
            None,
            r"ambiguous axes of images in f: .* got \(3, 5, 3\); pass --layout NHWC",
        ),
        ([(5, 5, 2)], None, r"wrong number of channels in f: .* got \(5, 5, 2\); give gray"),
        ([(5, 6, 3), (3, 5, 6)], None, r"wrong number of channels in f: .* got \(5, 6, 3\)"),
        ([(5, 5, 2)], "HWC", r"wrong number of channels in f: expected 1, 3 or 4, got \(5, 5, 2\)"),
        (
            [(24,)],
            None,
            r"wrong shape of images in f: expected a square or three .* got \(24,\); say",
        ),
        ([(24,)], "5x5", r"expected 25 pixels in each row, as --layout says, got \(24,\)"),
        (
            [(24,)],
            "HWC",
            r"images do not fit the layout in f: expected --layout HWC, got \(24,\); say",
        ),
        ([(5, 5)], "HWC", r"images do not fit .* got \(5, 5\); leave out --layout"),
        ([(5, 5, 3)], "NHW", "images do not fit the layout in f: expected --layout NHW"),
        ([(5, 5)], "5x6", "images do not fit the layout in f: expected --layout 5x6"),
        (
            [(0, 5)],
            None,
            r"wrong image size in f: expected sides of 1 to 4096 pixels, got \(0, 5\)",
        ),
        ([(0,)], None, "wrong image size in f"),
        ([(4097, 5, 3)], None, "wrong image size in f"),
    ],
)
def test_other_shapes_are_refused(
    shapes: list[tuple[int, ...]], layout: str | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        axes_of(shapes, Layout.parse(layout), str, "f")


@pytest.mark.parametrize(
    ("axes", "stored", "expected"),
    [
        (Axes(), GRAY, GRAY),
        (Axes(), GRAY[..., None], GRAY),
        (Axes("CHW"), GRAY[:, None], GRAY),
        (Axes("CHW"), GRAY.reshape(2, 25), GRAY),
        (Axes(), COLOUR, COLOUR),
        (Axes("CHW"), planes(COLOUR), COLOUR),
        (Axes("CHW", (3, 5, 6)), planes(COLOUR).reshape(2, 90), COLOUR),
        (Axes("HWC", (5, 6, 3)), COLOUR.reshape(2, 90), COLOUR),
        (Axes("HWC", (10, 9)), COLOUR.reshape(2, 90), COLOUR.reshape(2, 10, 9)),
    ],
)
def test_images_are_streamed_upright_with_the_channels_last(
    axes: Axes, stored: np.ndarray, expected: np.ndarray
) -> None:
    block = axes.streamed(stored)
    np.testing.assert_array_equal(block, expected)
    assert np.shares_memory(block, stored)
    height, width, channels = axes.image_shape(stored.shape[1:])
    assert expected[0].shape == ((height, width, channels) if channels > 1 else (height, width))


@pytest.mark.parametrize(
    ("length", "expected"),
    [(784, True), (3072, True), (28, False), (0, True), (3, True), (2, False)],
)
def test_a_row_is_a_square_or_three(length: int, expected: bool) -> None:
    assert is_row_length(length) is expected
