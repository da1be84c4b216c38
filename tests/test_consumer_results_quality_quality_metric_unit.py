"""QualityMetric: flags and drift, the same however the frames were batched."""

from __future__ import annotations

import numpy as np
import pytest
from consumer_parts import recalled, results
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_parts import SATURATED, judged, measured, row, rows

from consumer.results.quality import WINDOW, QualityMetric
from consumer.results.reference import FEWEST
from shared.quality import MAX_FLAGGED, MEASURES, Quality


def _quality(metric: QualityMetric) -> Quality:
    found = metric.compute()
    assert found is not None
    return found


def test_ordinary_frames_are_not_flagged() -> None:
    found = _quality(judged(rows(1000)))
    assert (found.measured, found.flagged, found.drifted) == (1000, 0, ())
    assert tuple(each.measure for each in found.measures) == MEASURES
    for each in found.measures:
        assert (each.reference.frames, each.session.frames) == (WINDOW, 1000)
        assert each.recent is not None and each.recent.frames == WINDOW
        assert each.worst is not None and not each.worst.drifted


@pytest.mark.parametrize("frames", [FEWEST, 100, WINDOW, 400])
@pytest.mark.parametrize("place", [0, 17, -1], ids=["first", "within", "last"])
def test_frames_that_stand_out_are_found_wherever_they_are(frames: int, place: int) -> None:
    values = rows(frames)
    values[place] = row(brightness=250.0)
    found = _quality(judged(values))
    assert (found.outliers, found.flagged) == (1, 1)
    assert found.frames[0].sequence == place % frames
    assert found.frames[0].measure == "brightness"
    assert [each.outliers for each in found.measures] == [1] + [0] * (len(MEASURES) - 1)


def test_each_flag_is_counted() -> None:
    values = rows(600)
    values[300:310] = row(**SATURATED)
    values[400:430] = row(darkest=200.0)
    found = _quality(judged(values, blank={1, 2, 599}))
    assert (found.blank, found.saturated, found.outliers, found.flagged) == (3, 10, 30, 43)
    assert len(found.frames) == MAX_FLAGGED
    flags = [frame.flag for frame in found.frames]
    assert flags == ["blank"] * 2 + ["saturated"] * 10 + ["outlier"] * 8


def test_of_few_frames_none_is_an_outlier_but_blank_ones_are_found() -> None:
    values = rows(FEWEST - 1)
    values[3] = row(brightness=250.0)
    found = _quality(judged(values, blank={5}))
    assert (found.blank, found.outliers) == (1, 0)
    assert {(each.low, each.high) for each in found.measures} == {(None, None)}


def test_a_change_that_stays_is_drift() -> None:
    values = np.concatenate([rows(WINDOW + 100), rows(500, seed=1, brightness=118.0)])
    found = _quality(judged(values))
    assert found.drifted == ("brightness",)
    brightness = found.measures[0]
    assert brightness.drift is not None and brightness.drift.drifted
    assert brightness.recent is not None
    assert brightness.recent.median == pytest.approx(118, abs=2)
    assert found.outliers == 0


def test_a_change_that_passes_is_remembered() -> None:
    values = np.concatenate(
        [rows(2 * WINDOW), rows(WINDOW, seed=1, entropy=7.0), rows(2 * WINDOW, seed=2)]
    )
    found = _quality(judged(values))
    assert found.drifted == ("entropy",)
    entropy = found.measures[MEASURES.index("entropy")]
    assert entropy.drift is not None and not entropy.drift.drifted
    assert entropy.worst is not None and entropy.worst.first == 2 * WINDOW


@pytest.mark.parametrize(("later", "judges"), [(0, False), (FEWEST - 1, False), (FEWEST, True)])
def test_a_window_of_few_frames_is_not_judged(later: int, judges: bool) -> None:
    values = (
        np.concatenate([rows(WINDOW), rows(later, brightness=118.0)]) if later else rows(WINDOW)
    )
    brightness = _quality(judged(values)).measures[0]
    assert (brightness.drift is not None) == (brightness.recent is not None) == judges
    assert brightness.worst is None
    if brightness.drift is not None:
        assert (brightness.drift.first, brightness.drift.drifted) == (WINDOW, True)


@settings(max_examples=25)
@given(data=st.data(), count=st.integers(1, 3 * WINDOW))
def test_batches_give_the_same_as_one_batch(data: st.DataObject, count: int) -> None:
    values = rows(count)
    values[:: max(1, count // 7)] = row(brightness=250.0)
    values[count // 2] = np.nan
    cuts = sorted(data.draw(st.lists(st.integers(0, count), max_size=6)))
    pieces = QualityMetric()
    for start, stop in zip([0, *cuts], [*cuts, count], strict=True):
        pieces.update(measured(values[start:stop], first=start))
    assert pieces.compute() == judged(values).compute()


def test_looking_changes_nothing() -> None:
    metric = judged(rows(100))
    before = _quality(metric)
    metric.bins()
    assert metric.compute() == before
    metric.update(measured(rows(500, seed=3), first=100))
    assert _quality(metric).measured == 600


def test_without_measured_frames_there_is_nothing_to_say() -> None:
    metric = QualityMetric()
    metric.recall(recalled(0, [0, 1]))
    metric.update(results(2, [0, 1]))
    assert metric.compute() is None
    assert not metric.bins()


def test_a_session_taken_up_says_how_many_frames_it_has_measured() -> None:
    metric = QualityMetric()
    metric.recall(recalled(0, [0] * 50))
    metric.update(measured(rows(60), first=50, blank={0}))
    found = _quality(metric)
    assert (found.measured, found.frames[0].sequence) == (60, 50)


def test_a_reset_forgets_every_frame() -> None:
    metric = judged(rows(600, brightness=250.0))
    metric.reset()
    assert metric.compute() is None
    metric.update(measured(rows(60)))
    assert metric.compute() == judged(rows(60)).compute()


@pytest.mark.parametrize("frames", [50, 300])
def test_there_are_bins_for_plotting(frames: int) -> None:
    bins = judged(rows(frames)).bins()
    assert tuple(bins) == MEASURES
    assert bins["contrast"].session.sum() == frames
    assert bins["contrast"].reference.sum() == min(frames, WINDOW)


def test_ten_times_the_frames_need_no_more_memory() -> None:
    def kept(count: int) -> int:
        metric = judged(rows(count))
        return sum(value.nbytes for value in _arrays(metric, depth=3))

    assert kept(WINDOW * 40) == kept(WINDOW * 4)


def _arrays(
    value: object, *, depth: int
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """Every array that hangs on an object, some steps deep."""
    if isinstance(value, np.ndarray):
        return [value]
    names = getattr(value, "__slots__", ()) or getattr(value, "__dict__", ())
    parts = [getattr(value, name) for name in names] if depth else []
    return [array for part in parts for array in _arrays(part, depth=depth - 1)]
