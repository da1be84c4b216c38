"""Tests of counting right answers."""

from __future__ import annotations

import torch
from classifier_samples import random_model, stripes

from consumer.classifier.training.examples import (
    Accuracies,
    Examples,
    Normalisation,
    accuracies_of,
    outputs,
)

NORMALISATION = Normalisation(0.4, 0.25)
IMAGES = torch.from_numpy(stripes(40).stack[:, None])
MODEL = random_model(5)
PLAIN = outputs(MODEL, NORMALISATION, IMAGES)[0]
BOTH = PLAIN + outputs(MODEL, NORMALISATION, IMAGES.flip(3))[0]


def _accuracies(labels: torch.Tensor) -> Accuracies:
    return accuracies_of(MODEL, NORMALISATION, Examples(IMAGES, labels))


def test_labels_that_the_network_gives_are_all_right() -> None:
    assert _accuracies(PLAIN.argmax(1)).plain == 1.0
    assert _accuracies(BOTH.argmax(1)).flip == 1.0


def test_each_wrong_label_counts() -> None:
    labels = PLAIN.argmax(1)
    labels[:10] = (labels[:10] + 1) % 5
    assert _accuracies(labels).plain == 0.75
    labels = BOTH.argmax(1)
    labels[:4] = (labels[:4] + 1) % 5
    assert _accuracies(labels).flip == 0.9


def test_images_beside_their_mirror_images_are_answered_as_they_are() -> None:
    symmetric = torch.cat([IMAGES, IMAGES.flip(3)], 3)
    examples = Examples(symmetric, torch.zeros(40, dtype=torch.int64))
    found = accuracies_of(MODEL, NORMALISATION, examples)
    assert found.plain == found.flip
