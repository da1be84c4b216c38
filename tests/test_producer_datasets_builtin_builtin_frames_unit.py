"""builtin_frames draws labelled garments that depend on nothing but seed and position."""

from __future__ import annotations

import numpy as np
import pytest

from producer.datasets.builtin import builtin_frames
from shared.errors import DataError
from shared.intake.catalog import CATALOG


def test_frames_are_gray_28_by_28_with_fashion_mnist_labels() -> None:
    frames = builtin_frames(25)
    assert frames.stack.shape == (25, 28, 28)
    assert frames.stack.dtype == np.uint8
    assert frames.classes == CATALOG["fashion-mnist"].classes
    assert frames.where == "built-in frames (seed 0)"


def test_every_ten_frames_hold_each_class_once_in_changing_order() -> None:
    labels = builtin_frames(100).labels
    assert labels is not None
    tens = labels.reshape(10, 10)
    assert (np.sort(tens, axis=1) == np.arange(10)).all()
    assert len({tuple(ten) for ten in tens.tolist()}) == 10


@pytest.mark.parametrize("count", [1, 9, 10, 11, 37])
def test_a_frame_does_not_depend_on_how_many_are_drawn(count: int) -> None:
    some, more = builtin_frames(count, seed=5), builtin_frames(40, seed=5)
    assert some.labels is not None and more.labels is not None
    assert (some.stack == more.stack[:count]).all()
    assert (some.labels == more.labels[:count]).all()


def test_the_bytes_are_these_on_every_machine() -> None:
    assert builtin_frames(200, seed=1).digest() == (
        "d6cbfdeb372d3bb9114a0f9609604fe78b47bf1112a85b6e34333eb23bbb5efa"
    )


def test_another_seed_draws_other_frames_in_another_order() -> None:
    ours, theirs = builtin_frames(30, seed=1), builtin_frames(30, seed=2)
    assert (ours.stack != theirs.stack).any(axis=(1, 2)).all()
    assert ours.labels is not None and theirs.labels is not None
    assert not np.array_equal(ours.labels, theirs.labels)


def test_frames_of_one_class_differ_and_sit_on_a_black_ground() -> None:
    frames = builtin_frames(200)
    assert len(np.unique(frames.stack.reshape(200, -1), axis=0)) == 200
    assert frames.stack.max(axis=(1, 2)).min() > 100
    assert np.median(frames.stack[:, :2, :2]) == 0


@pytest.mark.parametrize(
    ("count", "seed", "message"),
    [
        (
            0,
            0,
            "wrong number of frames in built-in frames (seed 0): expected 1 to 2,000,000, got 0",
        ),
        (
            -3,
            7,
            "wrong number of frames in built-in frames (seed 7): expected 1 to 2,000,000, got -3",
        ),
        (
            2_000_001,
            0,
            "wrong number of frames in built-in frames (seed 0): "
            "expected 1 to 2,000,000, got 2000001",
        ),
        (5, -1, "wrong seed in built-in frames (seed -1): expected 0 or more, got -1"),
    ],
)
def test_a_count_or_seed_out_of_range_is_refused(count: int, seed: int, message: str) -> None:
    with pytest.raises(DataError) as caught:
        builtin_frames(count, seed=seed)
    assert str(caught.value) == message
