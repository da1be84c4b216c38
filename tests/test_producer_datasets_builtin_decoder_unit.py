"""Decoder computes exactly what whole-number arithmetic gives, in any order of adding."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from producer.datasets.builtin import (
    BOUND,
    GRID,
    WEIGHT_GRID,
    Decoder,
    latents_of,
    load_decoder,
)

Whole = NDArray[np.int64]


@pytest.fixture(name="decoder", scope="module")
def _decoder() -> Decoder:
    return load_decoder()


def _latents(count: int) -> NDArray[np.float32]:
    return latents_of(np.random.Philox(9).random_raw(count * 32).reshape(count, 32))


def _whole(array: NDArray[np.float32]) -> Whole:
    whole = (array.astype(np.float64) * WEIGHT_GRID).astype(np.int64)
    assert (whole == array.astype(np.float64) * WEIGHT_GRID).all()
    return whole


def _activated(sums: Whole) -> Whole:
    scaled = np.maximum(sums, sums / 8) / WEIGHT_GRID
    return np.clip(np.rint(scaled), -BOUND, BOUND).astype(np.int64)


def _convolved(decoder: Decoder, name: str, x: Whole) -> Whole:
    weights = _whole(decoder.weights[name])
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    total = np.zeros((*x.shape[:3], weights.shape[-1]), np.int64) + _whole(decoder.biases[name])
    for i in range(3):
        for j in range(3):
            total += padded[:, i : i + height, j : j + width] @ weights[i, j]
    return total


def _doubled(x: Whole) -> Whole:
    """Depth to space, pixel by pixel."""
    n, height, width, channels = x.shape
    space = np.empty((n, 2 * height, 2 * width, channels // 4), np.int64)
    for i in range(2):
        for j in range(2):
            first = (2 * i + j) * (channels // 4)
            space[:, i::2, j::2] = x[..., first : first + channels // 4]
    return space


def _reference(decoder: Decoder, latents: NDArray[np.float32], labels: Whole) -> Whole:
    x = np.hstack((latents.astype(np.int64), np.eye(10, dtype=np.int64)[labels] * GRID))
    for name in ("dense0", "dense1", "dense2"):
        x = _activated(x @ _whole(decoder.weights[name]) + _whole(decoder.biases[name]))
    x = x.reshape(-1, 7, 7, 48)
    x = _doubled(_activated(_convolved(decoder, "conv0", x)))
    x = _doubled(_activated(_convolved(decoder, "conv1", x)))
    x = _activated(_convolved(decoder, "conv2", x))
    logits = np.rint(_convolved(decoder, "conv3", x)[..., 0] / WEIGHT_GRID / GRID * 256) / 256
    return np.rint(255 / (1 + np.exp(-np.clip(logits, -8, 8)))).astype(np.int64)


def test_pixels_equal_those_of_whole_number_arithmetic(decoder: Decoder) -> None:
    latents, labels = _latents(20), np.arange(20) % 10
    drawn = decoder.draw(latents, labels)
    assert drawn.dtype == np.uint8
    assert (drawn == _reference(decoder, latents, labels)).all()


def test_the_table_of_pixels_has_no_value_that_could_round_either_way() -> None:
    # The middle, 127.5, is left out: exp(0) is 1 on every machine.
    steps = np.delete(np.arange(-2048, 2049), 2048)
    exact = 255 / (1 + np.exp(-steps / 256))
    assert np.abs(exact - np.floor(exact) - 0.5).min() > 1e-6


def test_a_frame_does_not_depend_on_those_drawn_with_it(decoder: Decoder) -> None:
    latents, labels = _latents(7), np.arange(7)
    together = decoder.draw(latents, labels)
    alone = [decoder.draw(latents[i : i + 1], labels[i : i + 1])[0] for i in range(7)]
    assert (together == np.stack(alone)).all()


def test_the_class_changes_what_a_latent_vector_becomes(decoder: Decoder) -> None:
    images = decoder.draw(np.repeat(_latents(1), 10, axis=0), np.arange(10))
    assert len(np.unique(images.reshape(10, -1), axis=0)) == 10


def test_extreme_latents_stay_within_the_bound_and_draw_pixels(decoder: Decoder) -> None:
    latents = np.full((1, 32), 8 * GRID, np.float32)
    labels = np.array([3])
    assert (decoder.draw(latents, labels) == _reference(decoder, latents, labels)).all()
