"""survey: one look at each image."""

from __future__ import annotations

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


def test_the_digest_tells_shapes_apart_and_equal_images_not() -> None:
    flat, tall = np.zeros((2, 8), np.uint8), np.zeros((8, 2), np.uint8)
    seen = survey(parts.image_set(parts.ragged([flat, tall, flat])))
    assert (seen.digests[0] == seen.digests[2]).all()
    assert (seen.digests[0] != seen.digests[1]).any()


def test_all_steps_are_told() -> None:
    steps = parts.Steps()
    survey(parts.image_set(parts.pictures(70, side=8)), stage=steps)
    assert steps.told == {"looking at the images": [70, 64, 6]}


def test_measures_are_found_by_their_names() -> None:
    count = len(MEASURES)
    rows = np.arange(2 * count, dtype=np.float32).reshape(2, count)
    empty = np.zeros((2, 16), np.uint8)
    seen = Survey(empty, np.zeros(2, np.uint64), rows, empty[:, :2], rows[:, :3])
    assert [seen.measured(name).tolist() for name in MEASURES] == rows.T.tolist()
