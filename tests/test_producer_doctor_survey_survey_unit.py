"""survey: one look at each image, and measures of as many as the limits allow."""

from __future__ import annotations

from dataclasses import astuple

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.survey import MEASURES, Survey, survey
from shared.imaging.measures import measure
from shared.imaging.perceptual import perceptual_hash


def test_each_image_is_measured_and_hashed() -> None:
    pictures = parts.pictures(5)
    seen = survey(parts.image_set(pictures))
    for index, picture in enumerate(pictures):
        assert int(seen.hashes[index]) == perceptual_hash(picture)
        assert seen.measured("contrast")[index] == pytest.approx(measure(picture).contrast)
        assert seen.extremes[index].tolist() == [picture.min(), picture.max()]
        assert seen.colours[index] == pytest.approx([picture.mean()] * 3, rel=1e-6)


@pytest.mark.parametrize("channels", [3, 4])
def test_the_colours_are_those_of_red_green_and_blue(channels: int) -> None:
    picture = parts.pictures(1, channels=channels)
    seen = survey(parts.image_set(picture))
    assert seen.colours[0] == pytest.approx(picture[0, ..., :3].mean(axis=(0, 1)), rel=1e-6)


def test_a_single_channel_as_an_axis_is_gray() -> None:
    picture = parts.pictures(1)[..., None]
    assert survey(parts.image_set(picture)).colours[0] == pytest.approx([picture.mean()] * 3)


def test_all_steps_are_told() -> None:
    steps = parts.Steps()
    survey(parts.image_set(parts.pictures(300, side=8)), stage=steps, max_measured=290)
    assert steps.told == {"looking at the images": [300, 300], "measuring": [290, 256, 34]}


def test_images_of_several_sizes_are_measured_each_as_it_is() -> None:
    pictures = [picture[: 20 + k % 3] for k, picture in enumerate(parts.pictures(20))]
    seen = survey(parts.image_set(parts.ragged(pictures)))
    for index, picture in enumerate(pictures):
        assert int(seen.hashes[index]) == perceptual_hash(picture)
        assert seen.measures[index] == pytest.approx(astuple(measure(picture)), rel=1e-5)


@pytest.mark.parametrize(
    ("most", "chosen"),
    [(1, [0]), (3, [0, 3, 6]), (4, [0, 2, 5, 7]), (10, [*range(10)]), (99, [*range(10)])],
)
def test_of_too_many_images_evenly_spaced_ones_are_measured(most: int, chosen: list[int]) -> None:
    pictures = parts.pictures(10)
    seen = survey(parts.image_set(pictures), max_measured=most)
    assert seen.chosen.tolist() == chosen
    assert [int(found) for found in seen.hashes] == [perceptual_hash(pictures[k]) for k in chosen]
    assert len(seen.measures) == len(seen.colours) == len(seen.thumbnails) == len(chosen)
    assert len(seen.digests) == len(seen.extremes) == 10


def test_of_too_many_pixels_every_kth_row_and_column_is_measured() -> None:
    pictures = [*parts.pictures(2, side=96), parts.pictures(1, side=32)[0]]
    seen = survey(parts.image_set(parts.ragged(pictures)), max_pixels=3 * 48 * 48)
    looked_at = [pictures[0][::2, ::2], pictures[1][::2, ::2], pictures[2]]
    assert seen.is_thinned.tolist() == [True, True, False]
    for index, picture in enumerate(looked_at):
        assert seen.measures[index] == pytest.approx(astuple(measure(picture)), rel=1e-5)
        assert int(seen.hashes[index]) == perceptual_hash(pictures[index])


def test_a_part_of_each_image_is_measured_whatever_the_limit() -> None:
    seen = survey(parts.image_set(parts.pictures(3, side=64)), max_pixels=1)
    assert seen.is_thinned.all()
    small = survey(parts.image_set(parts.pictures(3, side=32)), max_pixels=1)
    assert not small.is_thinned.any()


def test_measures_are_found_by_their_names() -> None:
    count = len(MEASURES)
    rows = np.arange(2 * count, dtype=np.float32).reshape(2, count)
    empty = np.zeros((2, 16), np.uint8)
    seen = Survey(
        empty,
        empty[:, :2],
        np.arange(2),
        empty,
        np.zeros(2, np.uint64),
        rows,
        rows[:, :3],
        np.zeros(2, np.bool_),
    )
    assert [seen.measured(name).tolist() for name in MEASURES] == rows.T.tolist()
