"""QualityMetric on real frames: honest data is left in peace, what is spoilt is found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from consumer_parts import results
from numpy.typing import NDArray

from consumer.pipeline.measuring import measure_frames
from consumer.results.quality import QualityMetric
from producer.datasets.builtin import builtin_frames
from shared.intake.idx import decode_idx
from shared.quality import Quality

Image = NDArray[np.uint8]
BATCH = 64
SPOILT = range(300, 320)


def _played(images: list[Image]) -> Quality:
    """The quality of a session of these images."""
    metric = QualityMetric()
    for first in range(0, len(images), BATCH):
        some = images[first : first + BATCH]
        batch = results(first, [0] * len(some))
        metric.update(dataclasses.replace(batch, measures=measure_frames(some)))
    found = metric.compute()
    assert found is not None
    return found


def _brighter(image: Image) -> Image:
    return np.asarray(cv2.add(image, np.full_like(image, 80)), np.uint8)


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 3), np.uint8)


SPOIL: dict[str, Callable[[Image], Image]] = {
    "blank": lambda image: np.full_like(image, 90),
    "black": np.zeros_like,
    "inverted": lambda image: 255 - image,
    "brighter": _brighter,
    "darker": lambda image: image // 4,
    "blurred": _blurred,
}


@pytest.fixture(name="garments", scope="module")
def garments_fixture() -> list[Image]:
    """Built-in frames."""
    return list(builtin_frames(1200, seed=0).stack)


def test_honest_frames_are_hardly_ever_flagged(garments: list[Image]) -> None:
    found = _played(garments)
    assert found.measured == 1200
    assert found.flagged <= 0.01 * found.measured
    assert not found.drifted


@pytest.mark.parametrize("how", SPOIL)
def test_spoilt_frames_in_the_middle_are_found(garments: list[Image], how: str) -> None:
    images = list(garments[:650])
    for place in SPOILT:
        images[place] = SPOIL[how](images[place])
    found = _played(images)
    spoilt = [frame for frame in found.frames if frame.sequence in SPOILT]
    assert len(spoilt) >= 18
    assert found.blank == (20 if how in ("blank", "black") else 0)


@pytest.mark.parametrize("how", SPOIL)
def test_frames_that_are_spoilt_from_some_point_on_have_drifted(
    garments: list[Image], how: str
) -> None:
    images = garments[:300] + [SPOIL[how](image) for image in garments[300:650]]
    assert _played(images).drifted


@pytest.mark.parametrize("name", ["fashion-mnist", "mnist"])
def test_a_real_data_set_is_left_in_peace(real_data_dir: Path, name: str) -> None:
    path = real_data_dir / name / "train-images-idx3-ubyte.gz"
    images = decode_idx(path.read_bytes(), where=str(path))
    found = _played(list(images[:5000]))
    assert (found.measured, found.blank, found.saturated) == (5000, 0, 0)
    assert found.outliers <= 0.01 * found.measured
    assert not found.drifted


def test_real_photographs_in_colour_are_left_in_peace(real_data_dir: Path) -> None:
    paths = sorted((real_data_dir / "vehicles").rglob("*.jpg"))
    # By class they would drift, and rightly so.
    order = np.random.default_rng(0).permutation(len(paths))
    images = [
        np.ascontiguousarray(np.asarray(cv2.imread(str(paths[k])), np.uint8)[..., ::-1])
        for k in order.tolist()
    ]
    found = _played(images)
    assert found.measured == len(paths) > 1000
    assert (found.blank, found.saturated) == (0, 0)
    assert found.outliers <= 0.01 * found.measured
    assert not found.drifted
