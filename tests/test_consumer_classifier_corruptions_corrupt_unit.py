"""Tests of corrupting images."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from consumer.classifier.corruptions import CORRUPTIONS, KINDS, SEVERITIES, Corruption, corrupt
from shared.errors import CatwalkError, DataError, SettingsError

SIDE = 28

Images = NDArray[np.uint8]


def _random(*shape: int, seed: int = 0) -> Images:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def _dots(count: int, side: int = SIDE) -> Images:
    """One white pixel in the middle of each black image."""
    images = np.zeros((count, side, side), np.uint8)
    images[:, side // 2, side // 2] = 255
    return images


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 28, 28), (2, 20, 33, 3), (1, 1, 1), (2, 1, 5, 3)])
def test_shape_and_input_stay_and_the_result_is_new(
    kind: Corruption, shape: tuple[int, ...]
) -> None:
    images = _random(*shape)
    before = images.copy()
    images.flags.writeable = False
    for severity in SEVERITIES:
        found = corrupt(images, kind, severity, 1)
        assert found.shape == images.shape
        assert found.dtype == np.uint8
        assert not np.shares_memory(found, images)
    np.testing.assert_array_equal(images, before)


@given(st.sampled_from(KINDS), st.sampled_from(SEVERITIES), st.integers(0, 2**64))
def test_the_same_seed_gives_the_same_images(kind: Corruption, severity: int, seed: int) -> None:
    images = _random(4, 12, 12)
    found = corrupt(images, kind, severity, seed)
    np.testing.assert_array_equal(corrupt(images, kind, severity, seed), found)
    np.testing.assert_array_equal(corrupt(images, kind, severity, (seed,)), found)


@pytest.mark.parametrize("kind", ["shift", "rotation", "noise", "brightness"])
def test_another_seed_gives_other_images(kind: Corruption) -> None:
    images = _random(16, SIDE, SIDE)
    first, other = (corrupt(images, kind, 3, (5, place)) for place in (0, 1))
    assert (first != other).any()


@pytest.mark.parametrize(
    ("severity", "moves"), [(1, {(0, 1)}), (2, {(1, 1)}), (4, {(1, 2)}), (5, {(2, 2)})]
)
def test_dots_are_shifted_by_whole_pixels_in_all_directions(
    severity: int, moves: set[tuple[int, int]]
) -> None:
    found = corrupt(_dots(200), "shift", severity, 0)
    assert (found.sum((1, 2), int) == 255).all()
    _, rows, columns = np.nonzero(found)
    offsets = {*zip((rows - SIDE // 2).tolist(), (columns - SIDE // 2).tolist(), strict=True)}
    assert {tuple(sorted((abs(row), abs(column)))) for row, column in offsets} == moves
    assert {(-row, -column) for row, column in offsets} == offsets
    assert {(column, row) for row, column in offsets} == offsets


def test_lengths_grow_with_the_side() -> None:
    found = corrupt(_dots(8, 2 * SIDE), "shift", 5, 0)
    _, rows, columns = np.nonzero(found)
    assert {*np.abs(rows - SIDE).tolist(), *np.abs(columns - SIDE).tolist()} == {4}


@pytest.mark.parametrize("kind", ["shift", "rotation", "blur"])
def test_outside_of_the_image_is_black(kind: Corruption) -> None:
    white = np.full((3, SIDE, SIDE), 255, np.uint8)
    found = corrupt(white, kind, 5, 0)
    edges = (found[:, 0], found[:, -1], found[:, :, 0], found[:, :, -1])
    assert all(min(edge[image].min() for edge in edges) < 255 for image in range(3))
    assert (found[:, SIDE // 2, SIDE // 2] == 255).all()


def test_images_are_turned_to_both_sides_about_their_centre() -> None:
    images = np.zeros((40, 29, 29), np.uint8)
    images[:, 12:17, :] = 200
    found = corrupt(images, "rotation", 5, 0).astype(int)
    rows = np.arange(29)
    left, right = (found[:, :, place] @ rows / found[:, :, place].sum(1) for place in (4, 24))
    # Ten columns off the centre, ten degrees are 1.76 rows.
    np.testing.assert_allclose(left + right, 28, atol=0.1)
    np.testing.assert_allclose(np.abs(left - right), 2 * 1.76, atol=0.1)
    assert {*np.sign(left - right).tolist()} == {-1, 1}
    assert (found[:, 14, 14] == 200).all()


def test_noise_has_the_strength_of_its_severity() -> None:
    gray = np.full((20, SIDE, SIDE), 128, np.uint8)
    strengths = [strength for (strength,) in CORRUPTIONS["noise"].strengths]
    off = [corrupt(gray, "noise", severity, 0).astype(float) - 128 for severity in SEVERITIES]
    assert all(abs(noise.mean()) < 1 for noise in off)
    np.testing.assert_allclose([noise.std() for noise in off], strengths, rtol=0.03)


def test_contrast_shrinks_about_the_mean_of_each_image() -> None:
    images = np.zeros((2, 2, 2), np.uint8)
    images[0] = [[100, 200], [100, 200]]
    images[1] = [[0, 40], [0, 40]]
    found = corrupt(images, "contrast", 3, 0)
    assert found[0].tolist() == [[125, 175], [125, 175]]
    assert found[1].tolist() == [[10, 30], [10, 30]]


def test_contrast_leaves_the_tint_of_a_coloured_image() -> None:
    plain = np.broadcast_to(np.array([10, 100, 200], np.uint8), (1, 4, 4, 3))
    np.testing.assert_array_equal(corrupt(plain, "contrast", 5, 0), plain)


def test_brightness_goes_up_and_down_within_the_range_of_pixels() -> None:
    for level, wanted in ((128, {92, 164}), (0, {0, 36}), (250, {214, 255})):
        found = corrupt(np.full((50, 3, 3), level, np.uint8), "brightness", 3, 0)
        assert {*found[:, 0, 0].tolist()} == wanted
        assert (found == found[:, :1, :1]).all()


def test_blur_spreads_a_dot_evenly() -> None:
    (found,) = corrupt(_dots(1), "blur", 3, 0).astype(int)
    middle = SIDE // 2
    assert found[middle, middle] == found.max() < 255
    assert found[middle - 1, middle] == found[middle, middle + 1] > 0
    assert found.sum() == pytest.approx(255, abs=12)


def test_jpeg_keeps_the_order_of_colours() -> None:
    plain = np.broadcast_to(np.array([200, 90, 20], np.uint8), (1, 16, 16, 3))
    found = corrupt(plain, "jpeg", 1, 0)
    assert np.abs(found.astype(int) - plain).max() <= 6


@pytest.mark.parametrize(
    ("images", "kind", "severity", "error", "message"),
    [
        (_random(1, 4, 4), "fog", 1, SettingsError, "unknown corruption: expected shift or "),
        (_random(1, 4, 4), "blur", 0, SettingsError, "severity of a corruption: expected 1..5"),
        (_random(1, 4, 4), "blur", 6, SettingsError, "expected 1..5, got 6"),
        (_random(4, 4), "blur", 1, DataError, "got uint8 (4, 4)"),
        (_random(1, 4, 4, 4), "jpeg", 1, DataError, "got uint8 (1, 4, 4, 4)"),
        (_random(0, 4, 4), "shift", 1, DataError, "got uint8 (0, 4, 4)"),
        (np.zeros((1, 4, 4), np.float32), "noise", 1, DataError, "got float32 (1, 4, 4)"),
    ],
)
def test_what_cannot_be_corrupted_is_refused(
    images: Any, kind: Any, severity: int, error: type[CatwalkError], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        corrupt(images, kind, severity, 0)
