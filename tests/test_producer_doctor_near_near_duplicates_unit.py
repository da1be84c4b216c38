"""near_duplicates: nearly the same picture, and not merely the same hash."""

from __future__ import annotations

from functools import partial

import cv2
import doctor_parts as parts
import numpy as np
import pytest
from numpy.typing import NDArray

from producer.doctor import near
from producer.doctor.candidates import HASH_DISTANCE, near_hashes
from producer.doctor.near import DIFFERENCE, NearDuplicates, near_duplicates
from producer.doctor.survey import survey
from shared.imaging.perceptual import hamming_distance, perceptual_hash

Picture = NDArray[np.uint8]


def found_in(images: list[Picture]) -> NearDuplicates:
    """Near duplicates among images of any sizes."""
    return near_duplicates(parts.surveyed(parts.ragged(images))[1], np.arange(len(images)))


def saved_again(picture: Picture) -> Picture:
    """As a JPEG of lower quality."""
    decoded = cv2.imdecode(cv2.imencode(".jpg", picture, [1, 60])[1], cv2.IMREAD_UNCHANGED)
    return np.asarray(decoded, np.uint8)


def halved(picture: Picture) -> Picture:
    """At half the size."""
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5), np.uint8)


def brighter(picture: Picture) -> Picture:
    """By eight levels."""
    return (picture + 8).astype(np.uint8)


@pytest.mark.parametrize("change", [saved_again, halved, brighter])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_that_was_changed_a_little_is_found(change: object, channels: int) -> None:
    assert callable(change)
    originals = list(parts.pictures(6, side=96, channels=channels))
    found = found_in([*originals, change(originals[2])])
    assert found.pairs.tolist() == [[2, 6]]
    assert found.differences[0] <= DIFFERENCE
    assert not found.is_capped


def test_different_pictures_are_not() -> None:
    assert found_in(list(parts.pictures(200, side=32))).pairs.size == 0


def test_the_same_hash_is_not_enough() -> None:
    picture = parts.pictures(1, side=32)[0]
    # A chequered pattern is a high frequency, of which the hash knows nothing.
    chequered = (picture + 24 * (np.indices(picture.shape).sum(axis=0) % 2)).astype(np.uint8)
    distance = hamming_distance(perceptual_hash(picture), perceptual_hash(chequered))
    assert distance <= HASH_DISTANCE
    assert found_in([picture, chequered]).pairs.size == 0


def test_another_colour_is_another_picture() -> None:
    red = parts.pictures(1, channels=3)[0]
    red[..., 0] = 200
    green = red[..., [1, 0, 2]].copy()
    gray = cv2.cvtColor(red, cv2.COLOR_RGB2GRAY)
    assert found_in([red, green]).pairs.size == 0
    assert found_in([red, np.asarray(gray, np.uint8)]).pairs.size == 0


def test_images_without_structure_are_left_out() -> None:
    plain = [np.full((8, 8), value, np.uint8) for value in (3, 4, 5)]
    assert found_in(plain).pairs.size == 0


def test_only_the_kept_images_are_compared() -> None:
    pictures = np.repeat(parts.pictures(1), 3, axis=0)
    seen = parts.surveyed(pictures)[1]
    assert near_duplicates(seen, np.array([0, 2])).pairs.tolist() == [[0, 2]]


def test_pairs_hang_together_in_groups() -> None:
    one, other = parts.pictures(2, side=96)
    found = found_in([other, one, brighter(one), saved_again(one), brighter(other)])
    assert found.groups() == [(1, 2, 3), (0, 4)]


def test_a_chain_of_pairs_is_one_group() -> None:
    pairs = np.array([[3, 4], [1, 2], [2, 3], [7, 9]])
    found = NearDuplicates(pairs, np.zeros(4, np.int64), np.zeros(4), False)
    assert found.groups() == [(1, 2, 3, 4), (7, 9)]


def test_the_images_have_their_own_indices_where_only_some_are_measured() -> None:
    pictures = np.repeat(parts.pictures(3), 2, axis=0)
    seen = survey(parts.image_set(pictures[[0, 1, 2, 3, 1, 5]]), max_measured=3)
    assert seen.chosen.tolist() == [0, 2, 4]
    assert near_duplicates(seen, np.arange(3)).pairs.tolist() == [[0, 4]]


def test_a_limit_on_candidates_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = parts.pictures(3, side=96)
    monkeypatch.setattr(near, "near_hashes", partial(near_hashes, max_candidates=2))
    found = found_in([*pictures, *map(brighter, pictures)])
    assert (len(found.pairs), found.is_capped) == (2, True)


def test_all_steps_are_told() -> None:
    seen = parts.surveyed(np.repeat(parts.pictures(1), 24, axis=0))[1]
    steps = parts.Steps()
    near_duplicates(seen, np.arange(24), stage=steps)
    assert steps.told == {"comparing pictures": [276, 256, 20]}
