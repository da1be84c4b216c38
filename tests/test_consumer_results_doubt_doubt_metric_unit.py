"""DoubtMetric: prediction sets and novelties of a session, seen or recalled."""

from __future__ import annotations

import pytest
from consumer_parts import recalled, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.results.doubt import DoubtMetric
from shared.doubt import Doubt
from shared.sets import Members

Frame = tuple[int, Members, float]
frames_ = st.lists(
    st.tuples(st.integers(-1, 2), st.integers(0, 5), st.integers(0, 10_000)).map(
        lambda found: (
            found[0],
            () if found[0] < 0 else tuple(range(found[0] + found[1] + 1)),
            0.0 if found[0] < 0 else found[2] / 10_000,
        )
    ),
    min_size=1,
    max_size=40,
)


def _update(metric: DoubtMetric, first: int, frames: list[Frame]) -> None:
    labels, sets, novelties = zip(*frames)
    metric.update(results(first, labels, sets=sets, novelty=novelties))


def _recall(metric: DoubtMetric, first: int, frames: list[Frame]) -> None:
    labels, sets, novelties = zip(*frames)
    metric.recall(recalled(first, labels, sets=sets, novelties=novelties))


def test_frames_are_counted_with_the_promise_of_the_card() -> None:
    metric = DoubtMetric(0.99)
    _update(metric, 0, [(1, (0, 1), 0.6), (-1, (), 0.0), (2, (2,), 0.04)])
    assert metric.compute() == Doubt(
        coverage=0.99,
        frames=2,
        mean_set_size=1.5,
        set_sizes=(1, 1, 0, 0),
        novel=1,
        novelty_histogram=(1, *[0] * 11, 1, *[0] * 7),
    )


def test_of_a_model_that_says_nothing_there_is_nothing() -> None:
    metric = DoubtMetric(None)
    metric.update(results(0, [1, -1]))
    metric.recall(recalled(2, [1]))
    assert metric.compute() is None


@pytest.mark.parametrize("is_recalled", [False, True])
def test_sets_and_novelties_may_come_alone(is_recalled: bool) -> None:
    sets, novelties = DoubtMetric(None), DoubtMetric(None)
    if is_recalled:
        sets.recall(recalled(0, [1], sets=((0, 1),)))
        novelties.recall(recalled(0, [1, 1], novelties=(0.75, None)))
    else:
        sets.update(results(0, [1], sets=[(0, 1)]))
        novelties.update(results(0, [1], novelty=[0.75]))
    found = [metric.compute() for metric in (sets, novelties)]
    assert [one and (one.frames, one.sets, one.novelties) for one in found] == [
        (1, 1, 0),
        (1, 0, 1),
    ]


@given(frames=frames_, cut=st.integers(0, 40), is_recalled=st.booleans())
def test_a_session_taken_up_has_the_figures_of_the_whole(
    frames: list[Frame], cut: int, is_recalled: bool
) -> None:
    whole, parts = DoubtMetric(0.9), DoubtMetric(0.9)
    _update(whole, 0, frames)
    if frames[:cut]:
        (_recall if is_recalled else _update)(parts, 0, frames[:cut])
    if frames[cut:]:
        _update(parts, cut, frames[cut:])
    assert parts.compute() == whole.compute()


def test_metrics_are_merged_and_forgotten() -> None:
    metric, other = DoubtMetric(None), DoubtMetric(None)
    _update(metric, 0, [(1, (1,), 0.5)])
    _update(other, 1, [(2, (0, 2), 0.25)])
    metric.merge(other)
    found, kept = metric.compute(), other.compute()
    assert found is not None and kept is not None
    assert (found.frames, found.set_sizes, kept.frames) == (2, (1, 1, 0, 0), 1)
    metric.reset()
    assert metric.compute() is None
