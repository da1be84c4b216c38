"""Reference: what frames are like, learnt from some of them, faulty ones among them."""

from __future__ import annotations

import numpy as np
import pytest
from quality_parts import row, rows

from consumer.results.levels import LevelStatistics, levels_of
from consumer.results.reference import FEWEST, LIMIT, Reference
from shared.quality import MEASURES

_PLACES = {name: place for place, name in enumerate(MEASURES)}


def _statistics(values: object) -> LevelStatistics:
    return LevelStatistics.of(levels_of(np.asarray(values)))


def _reference(**values: float) -> Reference:
    return Reference(_statistics(rows(256, seed=0, **values)))


@pytest.mark.parametrize(
    ("values", "beyond"),
    [
        ({}, set()),
        ({"brightness": 230.0}, {"brightness"}),
        ({"brightness": 0.0, "contrast": 0.0}, {"brightness", "contrast"}),
        ({"clipped_bright": 0.25}, set()),
        ({"clipped_bright": 0.4}, {"clipped_bright"}),
        ({"sharpness": 6.0}, {"sharpness"}),
        ({"darkest": 90.0}, {"darkest"}),
    ],
)
def test_a_measure_is_beyond_where_it_is_far_from_the_median(
    values: dict[str, float], beyond: set[str]
) -> None:
    found = _reference().beyond(levels_of(row(**values))[None])[0]
    assert {name for name, place in _PLACES.items() if found[place]} == beyond


def test_what_is_nearly_constant_may_vary_a_little() -> None:
    reference = Reference(_statistics(np.stack([row()] * 256)))
    brightness = _PLACES["brightness"]
    assert reference.low[brightness] == pytest.approx(100 - LIMIT * 8, abs=0.01)
    assert reference.high[brightness] == pytest.approx(100 + LIMIT * 8, abs=0.01)


def test_limits_stay_within_the_range_of_a_measure() -> None:
    reference = _reference(saturation=0.02, entropy=7.9)
    assert reference.low[_PLACES["saturation"]] == 0
    assert reference.high[_PLACES["entropy"]] == 8


def test_a_fifth_of_faulty_frames_hardly_moves_the_limits() -> None:
    faulty = np.concatenate([rows(205), rows(51, brightness=240.0)])
    limits = zip(_reference().high, Reference(_statistics(faulty)).high, strict=True)
    assert all(later == pytest.approx(before, rel=0.1) for before, later in limits)


@pytest.mark.parametrize(("frames", "judges"), [(FEWEST - 1, False), (FEWEST, True)])
def test_few_frames_say_nothing_of_others(frames: int, judges: bool) -> None:
    reference = Reference(_statistics(rows(frames)))
    assert reference.judges is judges
    far = levels_of(row(brightness=255.0))[None]
    assert reference.beyond(far).any() == judges


def test_the_furthest_measure_is_told_in_deviations() -> None:
    reference = _reference()
    found = reference.furthest(levels_of(row(brightness=150.0, clipped_bright=0.9)))
    assert MEASURES[found] == "clipped_bright"


def test_a_window_like_the_reference_has_not_drifted() -> None:
    drifts = _reference().drift(_statistics(rows(256, seed=1)), first=512)
    assert [(drift.first, drift.frames, drift.drifted) for drift in drifts] == (
        [(512, 256, False)] * len(MEASURES)
    )
    assert {drift.limit for drift in drifts} == {0.2501}


def test_a_window_that_is_brighter_has_drifted_in_that() -> None:
    drifts = _reference().drift(_statistics(rows(256, seed=1, brightness=120.0)), first=0)
    assert [MEASURES[k] for k, drift in enumerate(drifts) if drift.drifted] == ["brightness"]
    drift = drifts[_PLACES["brightness"]]
    assert drift.distance > 0.9
    assert drift.shift == pytest.approx(20 / 8, abs=0.1)


def test_a_median_that_hardly_moves_is_no_drift() -> None:
    reference = Reference(_statistics(np.stack([row()] * 256)))
    drift = reference.drift(_statistics(np.stack([row(brightness=102.0)] * 256)), first=0)[0]
    assert (drift.distance, drift.drifted) == (1.0, False)
    assert drift.shift == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("frames", "limit"), [(32, 0.5307), (64, 0.3956), (256, 0.2501)])
def test_a_short_window_must_be_further_away(frames: int, limit: float) -> None:
    drift = _reference().drift(_statistics(rows(frames)), first=0)[0]
    assert drift.limit == pytest.approx(limit, abs=1e-4)


def test_the_limit_of_very_few_frames_is_the_greatest_distance_there_is() -> None:
    drift = Reference(_statistics(rows(1))).drift(_statistics(rows(1, brightness=250.0)), first=0)
    assert (drift[0].limit, drift[0].distance, drift[0].drifted) == (1.0, 1.0, False)
