"""The measures of an image against plain formulas in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from shared.imaging.measures import Measures, luma, measure

Image = NDArray[np.uint8]
SIDES = st.integers(1, 24)
IMAGES: st.SearchStrategy[Image] = st.one_of(
    st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES, st.sampled_from([1, 3, 4]))
).flatmap(lambda shape: arrays(np.uint8, shape))


def _plain_luma(image: Image) -> NDArray[np.float64]:
    if image.ndim == 2 or image.shape[2] == 1:
        return image.reshape(image.shape[:2]).astype(float)
    return np.asarray(image[..., :3] @ np.array([0.299, 0.587, 0.114]))


def _plain_laplacian(gray: NDArray[np.float64]) -> NDArray[np.float64]:
    # Borders are reflected without repeating the last pixel; a side of one has only that pixel.
    modes = [(1, 1) if side > 1 else (0, 0) for side in gray.shape]
    padded = np.pad(gray, modes, mode="reflect")
    for axis, side in enumerate(gray.shape):
        if side == 1:
            padded = np.repeat(padded, 3, axis=axis)
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return np.asarray(around - 4 * gray)


def _plain_saturation(image: Image) -> float:
    if image.ndim == 2 or image.shape[2] == 1:
        return 0.0
    colours = image[..., :3].astype(float)
    most, least = colours.max(axis=2), colours.min(axis=2)
    return float(np.where(most > 0, (most - least) / np.maximum(most, 1), 0).mean())


@given(IMAGES)
def test_they_are_what_the_formulas_say(image: Image) -> None:
    found = measure(image)
    gray = luma(image).reshape(image.shape[:2]).astype(float)
    assert np.abs(gray - _plain_luma(image)).max() <= 0.51
    assert found.brightness == pytest.approx(gray.mean(), abs=1e-6)
    assert found.contrast == pytest.approx(gray.std(), abs=1e-6)
    assert found.sharpness == pytest.approx(_plain_laplacian(gray).var(), rel=1e-6, abs=1e-6)
    shares = np.unique(gray, return_counts=True)[1] / gray.size
    assert found.entropy == pytest.approx(-(shares * np.log2(shares)).sum(), abs=1e-5)
    assert found.saturation == pytest.approx(_plain_saturation(image), abs=0.5 / 255 + 1e-6)
    assert found.clipped_dark == pytest.approx((gray == 0).mean(), abs=1e-6)
    assert found.clipped_bright == pytest.approx((gray == 255).mean(), abs=1e-6)


@given(IMAGES)
def test_a_luma_that_is_there_already_changes_nothing(image: Image) -> None:
    assert measure(image, gray=luma(image)) == measure(image)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, Measures(0, 0, 0, 0, 0, 1, 0)),
        (255, Measures(255, 0, 0, 0, 0, 0, 1)),
        (100, Measures(100, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_one_level_has_neither_contrast_nor_information(value: int, expected: Measures) -> None:
    assert measure(np.full((5, 7, 3), value, np.uint8)) == expected


def test_pure_red_is_saturated_and_alpha_does_not_count() -> None:
    image = np.zeros((4, 4, 4), np.uint8)
    image[..., 0] = 255
    assert measure(image).saturation == 1
    assert measure(image).brightness == 76


def test_gray_of_any_form_is_the_same() -> None:
    gray = np.arange(100, dtype=np.uint8).reshape(10, 10)
    assert luma(gray) is gray
    assert measure(gray) == measure(gray[..., None]) == measure(gray[:, :][::1])
    assert measure(gray) == measure(np.repeat(gray[..., None], 3, axis=2))
