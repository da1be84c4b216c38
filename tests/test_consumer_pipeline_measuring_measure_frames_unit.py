"""measure_frames: what single images measure, whatever they are measured together with."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from result_parts import noise

from consumer.pipeline.measuring import SIDE, measure_frames
from shared.imaging.measures import measure
from shared.quality import MEASURES

Image = NDArray[np.uint8]
SHAPES = ((28, 28), (1, 1), (1, 7), (7, 1), (2, 2), (3, 5, 1), (9, 6, 3), (5, 8, 4), (64, 64, 3))
LARGE = ((65, 3), (100, 100, 3), (300, 40, 4), (2, 500, 1))


def _values(*images: Image | None) -> NDArray[np.float64]:
    return measure_frames(images).values


def _expected(image: Image) -> dict[str, float]:
    """What the measures of single images say, in the terms of frames."""
    found = measure(image)
    wanted = {name: getattr(found, name, 0.0) for name in MEASURES}
    gray = image if image.ndim == 2 or image.shape[2] > 1 else image[..., 0]
    darkest = float(gray.min()) if gray.ndim == 2 else wanted["darkest"]
    return wanted | {"sharpness": np.log2(1 + found.sharpness), "darkest": darkest}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_image_measures_what_it_does_alone(shape: tuple[int, ...]) -> None:
    images = [noise(*shape, seed=seed) for seed in range(3)]
    for image, values in zip(images, _values(*images), strict=True):
        found, wanted = dict(zip(MEASURES, values.tolist(), strict=True)), _expected(image)
        if len(shape) == 3 and shape[2] > 1:
            del found["darkest"], wanted["darkest"]
        assert found == pytest.approx(wanted, abs=1e-6)


@given(
    places=st.lists(st.integers(0, len(SHAPES + LARGE)), max_size=12),
    cut=st.integers(0, 12),
)
def test_what_else_is_in_the_batch_changes_nothing(places: list[int], cut: int) -> None:
    shapes = (None, *SHAPES, *LARGE)
    images = [
        None if (shape := shapes[place]) is None else noise(*shape, seed=seed)
        for seed, place in enumerate(places)
    ]
    whole = _values(*images)
    parts = np.concatenate([_values(*images[:cut]), _values(*images[cut:])])
    assert np.array_equal(whole, parts, equal_nan=True)
    assert np.isnan(whole).all(axis=1).tolist() == [image is None for image in images]


def test_more_images_than_fit_at_once_are_all_measured() -> None:
    images = [np.full((2, 2), k % 256, np.uint8) for k in range(600)]
    found = measure_frames(images)
    assert found.values[:, 0].tolist() == [k % 256 for k in range(600)]
    assert found.blank.all()


@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_of_a_large_image_evenly_spaced_rows_and_columns_are_looked_at(
    shape: tuple[int, ...],
) -> None:
    # Blocks that differ from their neighbours: each of 64 by 64 parts is one value.
    coarse = noise(8, 8, *shape[2:])
    rows = np.arange(shape[0]) * 8 // shape[0]
    columns = np.arange(shape[1]) * 8 // shape[1]
    image = coarse[rows][:, columns]
    found, wanted = _values(image)[0], _expected(image)
    for name in ("brightness", "contrast"):
        assert found[MEASURES.index(name)] == pytest.approx(wanted[name], rel=0.12)


def test_the_sharpness_of_a_large_image_is_that_of_its_middle() -> None:
    image = noise(3 * SIDE, 3 * SIDE)
    middle = image[SIDE:-SIDE, SIDE:-SIDE].copy()
    sharpness = MEASURES.index("sharpness")
    assert _values(image)[0][sharpness] == _values(middle)[0][sharpness]
    image[SIDE:-SIDE, SIDE:-SIDE] = 7
    assert _values(image)[0][sharpness] == 0


@pytest.mark.parametrize(
    ("image", "is_blank"),
    [
        (np.zeros((4, 4), np.uint8), True),
        (np.full((200, 300, 3), (3, 2, 1), np.uint8), True),
        (np.full((4, 4, 1), 255, np.uint8), True),
        # Two reds and greens of one luma.
        (np.array([[[100, 0, 0], [0, 51, 0]]], np.uint8), False),
        (np.array([[0, 1]], np.uint8), False),
    ],
    ids=["black", "large and of one colour", "one channel", "as bright", "two values"],
)
def test_blank_is_an_image_of_one_value(image: Image, is_blank: bool) -> None:
    found = measure_frames([image, noise(4, 4)])
    assert found.blank.tolist() == [is_blank, False]


def test_a_dot_that_is_not_looked_at_keeps_an_image_from_being_blank() -> None:
    image = np.zeros((640, 640), np.uint8)
    found = {}
    for place in (0, 3):
        image[place, place] = 255
        found[place] = measure_frames([image])
        image[place, place] = 0
    contrasts = [each.values[0][MEASURES.index("contrast")] for each in found.values()]
    assert min(contrasts) == 0
    assert not any(each.blank[0] for each in found.values())


@pytest.mark.parametrize("place", [None, (0, 1, 0), (0, 0, 2), (1, 0, 1), (-1, -1, 2)])
def test_a_large_blank_image_needs_little_memory(place: tuple[int, int, int] | None) -> None:
    image = np.full((1500, 2000, 3), (9, 8, 7), np.uint8)
    if place is not None:
        image[place] += 1
    tracemalloc.start()
    try:
        found = measure_frames([image])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.blank.tolist() == [place is None]
    assert peak < image.nbytes / 8


def test_the_darkest_pixel_is_found() -> None:
    image = noise(28, 28) // 2 + 90
    image[3, 4] = 17
    assert _values(image)[0][MEASURES.index("darkest")] == 17


def test_images_that_may_not_be_written_to_are_measured() -> None:
    image = np.frombuffer(noise(100, 100, 3).tobytes(), np.uint8).reshape(100, 100, 3)
    assert not np.isnan(_values(image, image[::2, ::2])).any()


def test_no_images_give_no_measures() -> None:
    found = measure_frames([])
    assert (found.values.shape, found.blank.shape) == ((0, len(MEASURES)), (0,))
