"""calibrate: confidences and prediction sets against the truth, by hand and one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.doubt import RELIABILITY_BINS, Calibration, ReliabilityBin
from shared.scoring import Claims, calibrate
from shared.sets import ClassSets


def _calibrate(
    labels: list[int],
    confidences: list[float],
    truth: list[int],
    sets: list[tuple[int, ...]] | None = None,
) -> Calibration:
    claims = Claims(
        np.array(labels, np.int16),
        np.array(confidences, np.float32),
        None if sets is None else ClassSets.of(sets),
        True,
    )
    places = np.array(truth, np.int64)
    return calibrate(claims, places, claims.labels == places)


def test_a_small_case_agrees_with_a_count_by_hand() -> None:
    found = _calibrate(
        [0, 1, 1, 2, -1],
        [1.0, 0.75, 0.75, 0.25, 0.0],
        [0, 1, 2, 2, 0],
        [(0,), (1,), (1, 2), (0, 1, 2), ()],
    )
    # Gaps: bin 3 has confidence 0.25 and is right, bin 11 has 0.75 and is half right.
    assert found.error == pytest.approx((1 * 0.75 + 2 * 0.25 + 1 * 0.0) / 4)
    assert (found.frames, found.sets) == (4, 4)
    assert (found.coverage, found.mean_set_size) == (1.0, 7 / 4)
    assert found.bins[3] == ReliabilityBin(frames=1, confidence=0.25, accuracy=1.0)
    assert found.bins[11] == ReliabilityBin(frames=2, confidence=0.75, accuracy=0.5)
    assert found.bins[14] == ReliabilityBin(frames=1, confidence=1.0, accuracy=1.0)
    assert found.bins[0] == ReliabilityBin(frames=0)


@pytest.mark.parametrize("sets", [None, [(), ()]])
def test_without_sets_there_are_no_figures_of_sets(sets: list[tuple[int, ...]] | None) -> None:
    found = _calibrate([0, 1], [0.5, 0.5], [0, 1], sets)
    assert (found.sets, found.coverage, found.mean_set_size) == (0, None, None)


def test_a_set_without_the_true_class_does_not_hold_it() -> None:
    found = _calibrate([0, 1], [0.5, 0.5], [0, 900], [(0,), (1, 2)])
    assert (found.sets, found.coverage) == (2, 0.5)


@given(
    frames=st.lists(
        st.tuples(st.integers(-1, 3), st.floats(0, 1, width=32), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    ).filter(lambda frames: any(label >= 0 for label, _, _ in frames))
)
def test_the_error_is_the_mean_gap_of_the_bins(frames: list[tuple[int, float, int]]) -> None:
    labels, confidences, truth = (list(column) for column in zip(*frames))
    found = _calibrate(labels, confidences, truth)
    known = [frame for frame in frames if frame[0] >= 0]
    assert found.frames == len(known) == sum(one.frames for one in found.bins)
    total = 0.0
    for place, one in enumerate(found.bins):
        inside = [
            frame
            for frame in known
            if min(int(frame[1] * RELIABILITY_BINS), RELIABILITY_BINS - 1) == place
        ]
        assert one.frames == len(inside)
        if inside:
            confidence = sum(frame[1] for frame in inside) / len(inside)
            accuracy = sum(frame[0] == frame[2] for frame in inside) / len(inside)
            assert one.confidence == pytest.approx(confidence)
            assert one.accuracy == pytest.approx(accuracy)
            total += abs(confidence - accuracy) * len(inside) / len(known)
    assert found.error == pytest.approx(total, abs=1e-9)
