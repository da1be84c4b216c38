"""joined: what an engine answered to portions, as one answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from consumer.classifier.answers import Answers
from consumer.pipeline.answering import joined


def _answers(
    count: int, *, has_sets: bool = True, has_novelty: bool = True, **changes: Any
) -> Answers:
    parts: dict[str, Any] = {
        "labels": np.full(count, count, np.int16),
        "confidences": np.full(count, count / 10, np.float32),
        "sets": np.full((count, 9), count == 2, np.bool_) if has_sets else None,
        "novelty": np.full(count, count / 20, np.float32) if has_novelty else None,
    }
    return Answers(**parts | changes)


def test_portions_follow_each_other_in_everything() -> None:
    found = joined([_answers(2), _answers(1)], [2, 1])
    assert found.labels.tolist() == [2, 2, 1]
    assert found.confidences.tolist() == np.array([0.2, 0.2, 0.1], np.float32).tolist()
    assert found.sets is not None and found.sets.all(1).tolist() == [True, True, False]
    assert found.novelty is not None
    assert found.novelty.tolist() == np.array([0.1, 0.1, 0.05], np.float32).tolist()
    kinds = (found.labels, found.confidences, found.sets, found.novelty)
    assert [str(part.dtype) for part in kinds] == ["int16", "float32", "bool", "float32"]


def test_one_portion_is_its_own_answer() -> None:
    answers = _answers(3)
    assert joined([answers], [3]) is answers


def test_without_doubt_there_is_none() -> None:
    plain = {"has_sets": False, "has_novelty": False}
    found = joined([_answers(2, **plain), _answers(1, **plain)], [2, 1])
    assert (found.sets, found.novelty) == (None, None)


@pytest.mark.parametrize(
    "part",
    [
        {"labels": np.zeros(1, np.int16)},
        {"confidences": np.zeros(3, np.float32)},
        {"sets": np.zeros((1, 9), np.bool_)},
        {"novelty": np.zeros(0, np.float32)},
    ],
)
def test_answers_to_another_number_of_images_are_refused(part: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected answers to 2 images, got "):
        joined([_answers(2, **part)], [2])


@pytest.mark.parametrize(
    ("missing", "what"),
    [({"has_sets": False}, "prediction sets"), ({"has_novelty": False}, "novelties")],
)
def test_doubt_of_some_portions_alone_is_refused(missing: dict[str, bool], what: str) -> None:
    with pytest.raises(ValueError, match=f"expected {what} of all portions or of none, got some"):
        joined([_answers(2), _answers(1, **missing)], [2, 1])
