"""Similar pictures have hashes that differ in few bits, others in many."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.imaging.perceptual import HASH_BITS, hamming_distance, perceptual_hash


def _scene(seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 9, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (180, 240), interpolation=cv2.INTER_CUBIC), np.uint8)


def _as_jpeg(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    coded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 40))[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED), np.uint8)


def _brighter(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.convertScaleAbs(image, alpha=0.9, beta=20), np.uint8)


def _smaller(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, (97, 131), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("changed", [_as_jpeg, _brighter, _smaller])
@pytest.mark.parametrize("seed", range(5))
def test_it_hardly_changes_with_what_people_do_to_files(changed: object, seed: int) -> None:
    image = _scene(seed)
    assert callable(changed)
    assert hamming_distance(perceptual_hash(image), perceptual_hash(changed(image))) <= 6


def test_different_pictures_have_different_hashes() -> None:
    hashes = [perceptual_hash(_scene(seed)) for seed in range(12)]
    pairs = [(a, b) for k, a in enumerate(hashes) for b in hashes[:k]]
    assert min(hamming_distance(*pair) for pair in pairs) >= 14


@pytest.mark.parametrize("shape", [(1, 1), (40, 3), (64, 64, 1), (9, 9, 3), (9, 9, 4)])
@pytest.mark.parametrize("value", [0, 17, 255])
def test_an_image_without_structure_has_hash_0(shape: tuple[int, ...], value: int) -> None:
    assert perceptual_hash(np.full(shape, value, np.uint8)) == 0


@given(st.integers(0, 2**HASH_BITS - 1), st.integers(0, 2**HASH_BITS - 1))
def test_the_distance_counts_the_bits_that_differ(left: int, right: int) -> None:
    assert hamming_distance(left, right) == f"{left ^ right:b}".count("1")
    assert hamming_distance(left, left) == 0
