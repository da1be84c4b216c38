"""The few colours that an image mostly consists of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from image_samples import pixels
from numpy.typing import NDArray

from shared.imaging.colours import DominantColour, dominant_colours


def test_few_colours_are_given_as_they_are() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[:, :5] = (200, 100, 50)
    assert dominant_colours(image) == (
        DominantColour(0, 0, 0, 0.75),
        DominantColour(200, 100, 50, 0.25),
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 1), (1, 1, 3)])
def test_one_pixel_has_one_colour(shape: tuple[int, ...]) -> None:
    (colour,) = dominant_colours(np.full(shape, 17, np.uint8))
    assert (colour.hex, colour.share) == ("#111111", 1)


def test_many_colours_are_grouped_around_those_that_are_there() -> None:
    noise = np.random.default_rng(1)
    image = np.where(np.arange(200)[:, None, None] < 120, (220, 40, 40), (30, 30, 200))
    image = (np.broadcast_to(image, (200, 200, 3)) + noise.integers(-8, 9, (200, 200, 3))).astype(
        np.uint8
    )
    first, second = dominant_colours(image, most=2)
    assert first.share == pytest.approx(0.6, abs=0.03)
    assert np.allclose((first.red, first.green, first.blue), (220, 40, 40), atol=4)
    assert np.allclose((second.red, second.green, second.blue), (30, 30, 200), atol=4)


@given(arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))))
def test_shares_are_those_of_all_and_sorted(image: NDArray[np.uint8]) -> None:
    colours = dominant_colours(image)
    shares = [each.share for each in colours]
    assert 1 <= len(colours) <= 5
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True) and shares[-1] > 0


def test_the_same_image_has_the_same_colours() -> None:
    image = pixels(height=90, width=130)
    assert dominant_colours(image) == dominant_colours(image.copy())


def test_what_is_transparent_is_not_seen_unless_all_is() -> None:
    image = np.zeros((8, 8, 4), np.uint8)
    image[:4] = (255, 0, 0, 255)
    assert dominant_colours(image) == (DominantColour(255, 0, 0, 1.0),)
    image[..., 3] = 0
    assert [each.share for each in dominant_colours(image)] == [0.5, 0.5]
