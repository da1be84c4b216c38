"""Tests of the answers that logits give."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.card import DoubtCard, NoveltyCard
from consumer.classifier.doubt import Judge, Likeness, novelty_of, softmax

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(0, 3, (200, 5)).astype(np.float32)
DESCRIPTIONS = RANDOM.normal(0, 1, (200, 3)).astype(np.float32)
TEMPERATURE = np.float32(2)
LIKENESS = Likeness(np.zeros((5, 3), np.float32), np.eye(3, dtype=np.float32))
NOVELTY = NoveltyCard(energy=(-4.0, 2.0), distance=(0.5, 1.0), limit=1.0)


def _doubt(threshold: float = 0.2, novelty: NoveltyCard | None = None) -> DoubtCard:
    return DoubtCard(
        temperature=float(TEMPERATURE),
        coverage=0.9,
        threshold=threshold,
        images=10,
        novelty=novelty,
    )


def test_without_a_card_there_are_only_labels_and_plain_softmax() -> None:
    answers = Judge(None, LIKENESS)(LOGITS, DESCRIPTIONS)
    assert answers.labels.dtype == np.int16
    assert answers.confidences.dtype == np.float32
    np.testing.assert_array_equal(answers.labels, LOGITS.argmax(1))
    np.testing.assert_array_equal(answers.confidences, softmax(LOGITS).max(1))
    assert answers.sets is None and answers.novelty is None


def test_the_temperature_divides_the_logits() -> None:
    answers = Judge(_doubt())(LOGITS, None)
    np.testing.assert_array_equal(answers.labels, LOGITS.argmax(1))
    np.testing.assert_allclose(answers.confidences, softmax(LOGITS / TEMPERATURE).max(1), rtol=1e-6)
    assert answers.novelty is None


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.9, 1.0])
def test_a_set_holds_the_top_class_and_all_from_the_threshold_on(threshold: float) -> None:
    answers = Judge(_doubt(threshold))(LOGITS, None)
    assert answers.sets is not None and answers.sets.dtype == np.bool_
    rows = np.arange(len(LOGITS))
    assert answers.sets[rows, answers.labels].all()
    others = np.arange(5) != answers.labels[:, None]
    expected = softmax(LOGITS / TEMPERATURE) >= threshold
    np.testing.assert_array_equal(answers.sets[others], expected[others])


def test_novelty_is_that_of_energies_and_distances_before_the_temperature() -> None:
    answers = Judge(_doubt(novelty=NOVELTY), LIKENESS)(LOGITS, DESCRIPTIONS)
    expected = novelty_of(NOVELTY, LOGITS, LIKENESS.distances(DESCRIPTIONS))
    assert answers.novelty is not None
    np.testing.assert_array_equal(answers.novelty, expected)


def test_a_network_that_tells_only_logits_has_the_novelty_of_its_energies() -> None:
    card = NOVELTY.model_copy(update={"distance": None})
    expected = novelty_of(card, LOGITS, None)
    for likeness, descriptions in ((None, None), (LIKENESS, None), (None, DESCRIPTIONS)):
        judge = Judge(_doubt(novelty=card), likeness)
        assert judge.distances(descriptions) is None
        answers = judge(LOGITS, descriptions)
        assert answers.novelty is not None
        np.testing.assert_array_equal(answers.novelty, expected)
