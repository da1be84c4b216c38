"""sample: seeded, without replacement, with its labels."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest
import tiny_dataset as tiny

from producer.datasets.create import sample
from shared.errors import DataError
from shared.intake.imageset import ImageSet


def drawn_indices(images: ImageSet) -> list[int]:
    """Which images of the tiny data set these are."""
    return [int(image[0, 0]) // 16 for image in images.stack]


def test_no_count_means_all_in_their_own_order() -> None:
    images = tiny.image_set()
    assert sample(images, count=None, seed=3) is images


@pytest.mark.parametrize("count", [1, 4, 6])
def test_images_are_drawn_once_each_and_keep_their_labels(count: int) -> None:
    drawn = sample(tiny.image_set(), count=count, seed=0)
    indices = drawn_indices(drawn)
    assert len(set(indices)) == len(drawn) == count
    assert drawn.labels is not None
    assert drawn.labels.tolist() == [tiny.LABELS[index] for index in indices]
    assert drawn.classes == tiny.CLASSES


def test_the_order_follows_from_the_seed_alone() -> None:
    images = tiny.image_set()
    orders = [drawn_indices(sample(images, count=6, seed=seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != list(range(6))


def test_a_smaller_draw_begins_a_larger_one() -> None:
    images = tiny.image_set()
    larger = drawn_indices(sample(images, count=5, seed=7))
    assert drawn_indices(sample(images, count=2, seed=7)) == larger[:2]


def test_every_image_is_drawn_equally_often() -> None:
    images = tiny.image_set()
    drawn = [drawn_indices(sample(images, count=2, seed=seed)) for seed in range(600)]
    counts = np.bincount(np.ravel(drawn), minlength=6)
    assert counts.min() > 150 and counts.max() < 250


def test_images_without_labels_stay_without() -> None:
    drawn = sample(ImageSet(tiny.PIXELS), count=2, seed=0)
    assert drawn.labels is None and len(drawn) == 2


def test_images_of_several_sizes_are_drawn_like_others() -> None:
    images = [np.full((k + 1, 2), k, np.uint8) for k in range(6)]
    labelled = parts.image_set(parts.ragged(images), tiny.LABELS, tiny.CLASSES)
    drawn = sample(labelled, count=4, seed=3)
    indices = [int(drawn.image(k)[0, 0]) for k in range(4)]
    assert indices == drawn_indices(sample(tiny.image_set(), count=4, seed=3))
    assert [drawn.image(k).shape for k in range(4)] == [(index + 1, 2) for index in indices]
    assert drawn.labels is not None
    assert drawn.labels.tolist() == [tiny.LABELS[index] for index in indices]


@pytest.mark.parametrize(
    ("count", "seed", "message"),
    [
        (7, 0, "cannot draw the sample in tiny: expected 1 to 6 images, got 7"),
        (0, 0, "cannot draw the sample in tiny: expected 1 to 6 images, got 0"),
        (1, -1, "cannot draw the sample: expected a seed of 0 or more, got -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(count: int, seed: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        sample(tiny.image_set(), count=count, seed=seed)
