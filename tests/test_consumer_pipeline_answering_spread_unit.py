"""spread and unanswered: the answers of a batch in which some frames have none."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.answers import Answers
from consumer.pipeline.answering import spread, unanswered
from shared.sets import members_of


def _answers() -> Answers:
    return Answers(
        np.array([2, 0], np.int16),
        np.array([1 / 3, 0.99996], np.float32),
        np.array([[1, 0, 1], [1, 0, 0]], np.bool_),
        np.array([2 / 3, 0.00004], np.float32),
    )


def test_frames_without_an_answer_have_no_label_an_empty_set_and_no_novelty() -> None:
    found = spread(_answers(), [1, 3], 4)
    assert found.labels.tolist() == [-1, 2, -1, 0]
    assert found.sets is not None and found.novelty is not None
    assert members_of(found.sets) == [(), (0, 2), (), (0,)]
    rounded = np.array([0, 0.3333, 0, 1, 0, 0.6667, 0, 0], np.float32).tolist()
    assert [*found.confidences.tolist(), *found.novelty.tolist()] == rounded


def test_without_doubt_there_is_none() -> None:
    answers = _answers()
    found = spread(Answers(answers.labels, answers.confidences), [0, 1], 2)
    assert (found.labels.tolist(), found.sets, found.novelty) == ([2, 0], None, None)


def test_frames_that_no_engine_has_seen_have_nothing() -> None:
    found = unanswered(2)
    assert (found.labels.tolist(), found.confidences.tolist()) == ([-1, -1], [0.0, 0.0])
    assert (found.sets, found.novelty) == (None, None)


@pytest.mark.parametrize("steps", range(0, 10_001, 97))
def test_what_is_rounded_is_what_the_wire_makes_of_it(steps: int) -> None:
    answers = Answers(np.zeros(1, np.int16), np.array([steps / 10_000 + 2e-5], np.float32))
    (kept,) = spread(answers, [0], 1).confidences
    assert kept == np.float32(steps / 10_000)
