"""The values between the stages: plain and frozen."""

from __future__ import annotations

import dataclasses

import pytest
from consumer_parts import received, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.pipeline.records import UNCLASSIFIED, ReceivedFrame, ResultBatch, StageTimes


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_batch_is_as_long_as_its_labels(count: int) -> None:
    assert len(results(7, [1] * count)) == count


def test_no_class_has_the_label_of_the_unclassified() -> None:
    assert UNCLASSIFIED < 0


@pytest.mark.parametrize(
    ("value", "kind", "field"),
    [
        (results(0, [1]), ResultBatch, "labels"),
        (results(0, [1]).times, StageTimes, "sent"),
        (received(0), ReceivedFrame, "reason"),
    ],
)
def test_a_value_cannot_be_changed(value: object, kind: type, field: str) -> None:
    assert isinstance(value, kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, None)


def frames(batch: ResultBatch) -> list[tuple[object, ...]]:
    """Everything a batch says of each of its frames."""
    times = batch.times
    assert batch.sets is not None and batch.novelty is not None
    doubts = (batch.sets, batch.novelty)
    columns = (batch.indices, batch.crcs, batch.labels, batch.confidences, *doubts)
    stages = (times.sent, times.received, times.taken, times.done)
    rows = zip(*(column.tolist() for column in (*columns, *stages)), strict=True)
    return [
        (batch.first + k, *row, batch.images[k].tolist(), batch.reasons.get(batch.first + k))
        for k, row in enumerate(rows)
    ]


@given(
    labels=st.lists(st.integers(-1, 9), min_size=1, max_size=20),
    first=st.integers(0, 1000),
    cut=st.integers(0, 20),
)
def test_two_parts_say_together_what_the_whole_says(
    labels: list[int], first: int, cut: int
) -> None:
    whole = results(
        first,
        labels,
        confidences=[k / 32 for k in range(len(labels))],
        sets=[(k % 12,) for k in range(len(labels))],
        novelty=[k / 64 for k in range(len(labels))],
    )
    middle = min(cut, len(labels))
    start, rest = whole.part(0, middle), whole.part(middle, len(whole))
    assert frames(start) + frames(rest) == frames(whole)
    assert {**start.reasons, **rest.reasons} == whole.reasons
    assert not start.reasons.keys() & rest.reasons.keys()


def test_the_times_of_a_part_are_those_of_its_frames() -> None:
    part = results(10, [0, 1, 2, 0]).times.part(1, 3)
    assert (part.sent.tolist(), part.received.tolist()) == ([11, 12], [12, 13])
    assert (part.taken.tolist(), part.done.tolist()) == ([13, 14], [14, 15])


def test_a_part_of_frames_without_doubt_has_none() -> None:
    part = results(10, [0, 1, 2]).part(1, 2)
    assert (part.sets, part.novelty) == (None, None)
