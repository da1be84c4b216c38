"""Answers: what is said of a batch, as plain arrays."""

from __future__ import annotations

import numpy as np

from consumer.classifier.answers import Answers


def test_their_number_is_that_of_the_images_and_doubt_may_be_missing() -> None:
    answers = Answers(np.zeros(3, np.int16), np.ones(3, np.float32))
    assert len(answers) == 3
    assert answers.sets is None and answers.novelty is None
