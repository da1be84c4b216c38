"""preprocess: gray or RGB, in the model's size, and untouched where it fits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from consumer.pipeline.preprocess import preprocess

SIZE = (28, 28)


def noise(*shape: int) -> NDArray[np.uint8]:
    """Reproducible noise."""
    return np.random.default_rng(3).integers(0, 256, shape, np.uint8)


def test_an_image_that_fits_is_returned_as_it_is() -> None:
    image = noise(28, 28)
    image.flags.writeable = False
    assert preprocess(image, SIZE) is image


def test_one_channel_becomes_two_dimensions() -> None:
    image = noise(28, 28, 1)
    gray = preprocess(image, SIZE)
    assert gray.shape == SIZE
    assert np.array_equal(gray, image[:, :, 0])


# Weights of ITU-R BT.601, rounded: 0.299 R + 0.587 G + 0.114 B.
@pytest.mark.parametrize(
    ("pixel", "gray"),
    [
        ((255, 0, 0), 76),
        ((0, 255, 0), 150),
        ((0, 0, 255), 29),
        ((255, 255, 255), 255),
        ((10, 20, 30), 18),
        ((255, 0, 0, 0), 76),
        ((0, 255, 0, 255), 150),
        ((0, 0, 255, 7), 29),
        ((77,), 77),
    ],
)
def test_colours_in_rgb_order_become_gray(pixel: tuple[int, ...], gray: int) -> None:
    image = np.broadcast_to(np.array(pixel, np.uint8), (28, 28, len(pixel)))
    assert np.array_equal(preprocess(image, SIZE), np.full(SIZE, gray, np.uint8))


def test_a_model_of_colours_gets_rgb_from_every_kind_of_frame() -> None:
    image = noise(28, 28, 3)
    assert preprocess(image, SIZE, 3) is image
    opaque = np.dstack([image, noise(28, 28)])
    assert np.array_equal(preprocess(opaque, SIZE, 3), image)
    gray = noise(28, 28)
    expected = np.dstack([gray] * 3)
    assert np.array_equal(preprocess(gray, SIZE, 3), expected)
    assert np.array_equal(preprocess(gray[..., None], SIZE, 3), expected)


@pytest.mark.parametrize("shape", [(28, 28), (1, 4000), (56, 14, 3), (7, 9, 4), (2, 2, 1)])
def test_colours_are_resized_channel_by_channel(shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    fitted = preprocess(image, SIZE, 3)
    planes = preprocess(image, (shape[0], shape[1]), 3)
    assert fitted.shape == (*SIZE, 3)
    assert fitted.dtype == np.uint8
    for channel in range(3):
        expected = preprocess(np.ascontiguousarray(planes[..., channel]), SIZE)
        assert np.abs(fitted[..., channel].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("factor", [2, 4])
def test_shrinking_gives_the_mean_of_each_block(factor: int) -> None:
    means = np.clip(noise(28, 28), 9, 246)
    # Each half of a block lies 9 above or below the block's mean.
    offsets = np.where(np.arange(factor) < factor // 2, 9, -9)
    blocks = means[:, None, :, None] + offsets[None, :, None, None]
    image = np.broadcast_to(blocks, (28, factor, 28, factor)).reshape(28 * factor, 28 * factor)
    assert np.array_equal(preprocess(image.astype(np.uint8), SIZE), means)


def test_enlarging_keeps_a_ramp_a_ramp() -> None:
    ramp = np.repeat(np.arange(0, 140, 10, dtype=np.uint8)[None], 14, axis=0)
    large = preprocess(ramp, SIZE)
    assert large.shape == SIZE
    assert (large == large[0]).all()
    steps = np.diff(large[0].astype(int))
    assert steps.min() >= 0
    assert np.abs(steps[1:-1] - 5).max() <= 1


def test_a_side_that_shrinks_is_averaged_although_the_other_grows() -> None:
    # Stripes one pixel wide: whoever picks pixels sees black or white, whoever averages sees gray.
    stripes = np.tile(np.array([0, 255], np.uint8), (10, 140))
    assert np.abs(preprocess(stripes, SIZE).astype(int) - 127.5).max() <= 1
    assert np.abs(preprocess(stripes.T, SIZE).astype(int) - 127.5).max() <= 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((1, 1), SIZE),
        ((1, 4096), SIZE),
        ((4096, 1), SIZE),
        ((28, 28), (1, 1)),
        ((10, 20), (20, 10)),
        ((28, 56, 3), SIZE),
        ((7, 9, 4), (9, 7)),
        ((2, 2, 1), SIZE),
    ],
)
def test_every_shape_comes_out_in_the_models_size(
    shape: tuple[int, ...], size: tuple[int, int]
) -> None:
    image = np.full(shape, 200, np.uint8)
    fitted = preprocess(image, size)
    assert fitted.dtype == np.uint8
    assert np.array_equal(fitted, np.full(size, 200, np.uint8))


@pytest.mark.parametrize("shape", [(28, 28), (56, 56), (9, 7), (28, 28, 3), (30, 30, 4)])
def test_memory_in_any_order_gives_the_same_image(shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    doubled = np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)[::2, ::2]
    reverse = np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1]
    locked = image.copy()
    locked.flags.writeable = False
    expected = preprocess(image, SIZE)
    for other in (doubled, np.asfortranarray(image), reverse, locked):
        assert np.array_equal(preprocess(other, SIZE), expected)


@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    channels=st.sampled_from([0, 1, 3, 4]),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_no_pixel_leaves_the_range_of_the_image(
    height: int, width: int, channels: int, size: tuple[int, int]
) -> None:
    shape = (height, width, channels) if channels else (height, width)
    image = np.random.default_rng(1).integers(50, 100, shape, np.uint8)
    fitted = preprocess(image, size)
    assert fitted.shape == size
    assert fitted.dtype == np.uint8
    assert 50 <= fitted.min() <= fitted.max() <= 100


def test_a_size_that_is_none_is_an_error_of_opencv() -> None:
    with pytest.raises(cv2.error):
        preprocess(noise(4, 4), (0, 28))
