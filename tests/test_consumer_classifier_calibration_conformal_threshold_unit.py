"""Tests of the probability from which on a class belongs to a set."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.calibration import conformal_threshold
from consumer.classifier.doubt import softmax


@pytest.mark.parametrize(
    ("images", "coverage", "expected"),
    [
        (9, 0.9, 0.1),
        (8, 0.9, 0.0),
        (9, 0.5, 0.5),
        (9, 0.55, 0.4),
        (9, 1.0, 0.0),
        (9, 0.0, 0.9),
        (1, 0.99, 0.0),
    ],
)
def test_so_many_true_classes_are_missed_as_the_coverage_allows(
    images: int, coverage: float, expected: float
) -> None:
    true = np.arange(1, images + 1, dtype=np.float32)[::-1] / np.float32(10)
    probabilities = np.stack([true, 1 - true], 1)
    found = conformal_threshold(probabilities, np.zeros(images, np.int64), coverage)
    assert found == pytest.approx(expected)


def test_the_true_classes_alone_count() -> None:
    probabilities = np.array([[0.7, 0.3], [0.6, 0.4], [0.1, 0.9]], np.float32)
    found = conformal_threshold(probabilities, np.array([1, 0, 1]), 0.75)
    assert found == pytest.approx(0.3)


@pytest.mark.parametrize(("images", "coverage"), [(50, 0.9), (150, 0.95), (20, 0.6)])
def test_on_average_further_images_are_covered_as_promised_and_hardly_more(
    images: int, coverage: float
) -> None:
    random = np.random.default_rng(1)
    covered = []
    for _ in range(300):
        # Overconfident on purpose: the promise does not need honest probabilities.
        labels = random.integers(0, 4, images + 300)
        logits = random.normal(0, 3, (len(labels), 4))
        logits[np.arange(len(labels)), labels] += 2
        probabilities = softmax(logits.astype(np.float32))
        threshold = conformal_threshold(probabilities[:images], labels[:images], coverage)
        true = probabilities[np.arange(len(labels)), labels][images:]
        covered.append((true >= threshold).mean())
    error = np.std(covered) / np.sqrt(len(covered))
    assert coverage - 3 * error <= np.mean(covered) <= coverage + 1 / (images + 1) + 3 * error
