"""Tests of putting the answers to several batches together."""

from __future__ import annotations

import numpy as np

from consumer.classifier.answering import joined
from consumer.classifier.answers import Answers


def _answers(labels: list[int]) -> Answers:
    count = len(labels)
    return Answers(np.array(labels, np.int16), np.linspace(0, 1, count, dtype=np.float32))


def test_plain_answers_follow_each_other() -> None:
    found = joined([_answers([3, 1]), _answers([2])])
    np.testing.assert_array_equal(found.labels, [3, 1, 2])
    np.testing.assert_array_equal(found.confidences, [0, 1, 0])
    assert (found.sets, found.novelty) == (None, None)


def test_sets_and_novelty_follow_each_other() -> None:
    parts = [
        Answers(
            np.array([place], np.int16),
            np.array([0.5], np.float32),
            np.array([[place == 0, True]]),
            np.array([place / 2], np.float32),
        )
        for place in range(2)
    ]
    found = joined(parts)
    np.testing.assert_array_equal(found.sets, [[True, True], [False, True]])
    np.testing.assert_array_equal(found.novelty, [0.0, 0.5])
