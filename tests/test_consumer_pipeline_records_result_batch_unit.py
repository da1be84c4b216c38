"""The values between the stages: plain and frozen."""

from __future__ import annotations

import dataclasses

import pytest
from consumer_parts import received, results

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
