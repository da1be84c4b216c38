"""From logits to probabilities that mean what they say, sets of classes, and a novelty."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.classifier.card import DoubtCard, NoveltyCard, Spread

Floats = NDArray[np.float32]
_TINY = 1e-12
_STEEPEST = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """What training images look like to the network's first stages.

    Args:
        means: float32 (classes, d), the mean description of each class, whitened.
        whitening: float32 (d, d), turns a description's deviation from its class's mean into
            one of unit covariance.
    """

    means: Floats
    whitening: Floats
    _squares: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_squares", (self.means * self.means).sum(1))

    def distances(self, descriptions: Floats) -> Floats:
        """Logarithm of the squared Mahalanobis distance to the nearest class.

        Args:
            descriptions: float32 (n, d), as ``described`` gives them.

        Returns:
            float32 (n,).

        Source:
            Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and
            Adversarial Attacks", NeurIPS 2018.
        """
        white = descriptions @ self.whitening
        # |a - b|^2 as |a|^2 - 2ab + |b|^2: no array of (n, classes, d).
        squares = (white * white).sum(1)[:, None] - 2 * (white @ self.means.T)
        nearest = (squares + self._squares).min(1)
        return np.asarray(np.log(np.maximum(nearest, _TINY)), np.float32)


class Judge:
    """Turns the outputs of a network into answers.

    Args:
        doubt: what validation has told of the network; without it confidences are plain softmax.
        likeness: what training images look like to it, None for a network that tells only logits.
    """

    def __init__(self, doubt: DoubtCard | None, likeness: Likeness | None = None) -> None:
        self._doubt = doubt
        self._likeness = likeness

    def __call__(self, logits: Floats, descriptions: Floats | None) -> Answers:
        """Judge a batch.

        Args:
            logits: float32 (n, classes).
            descriptions: float32 (n, d), of the same images; None where there are none.
        """
        doubt = self._doubt
        probabilities = softmax(logits, 1.0 if doubt is None else doubt.temperature)
        labels = probabilities.argmax(1)
        rows = np.arange(len(labels))
        confidences = probabilities[rows, labels]
        if doubt is None:
            return Answers(labels.astype(np.int16), confidences)
        sets = probabilities >= doubt.threshold
        sets[rows, labels] = True
        novelty = None
        if doubt.novelty is not None:
            novelty = novelty_of(doubt.novelty, logits, self.distances(descriptions))
        return Answers(labels.astype(np.int16), confidences, sets, novelty)

    def distances(self, descriptions: Floats | None) -> Floats | None:
        """How far n images lie from the training images, (n,); None where nothing tells it."""
        if self._likeness is None or descriptions is None:
            return None
        return self._likeness.distances(descriptions)


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Probabilities (n, classes) of logits (n, classes) that are divided by a temperature first."""
    # The greatest comes off first: divided by a small temperature it could leave float32.
    shifted = np.exp((logits - logits.max(1, keepdims=True)) / temperature)
    return np.asarray(shifted / shifted.sum(1, keepdims=True), np.float32)


def energies(logits: Floats) -> Floats:
    """Negative logarithm of the sum of exponentials (n,) of logits (n, classes).

    Source:
        Liu et al., "Energy-based Out-of-distribution Detection", NeurIPS 2020.
    """
    most = logits.max(1)
    return np.asarray(-most - np.log(np.exp(logits - most[:, None]).sum(1)), np.float32)


def novelty_of(card: NoveltyCard, logits: Floats, distances: Floats | None) -> Floats:
    """How unlike the training images n images are: float32 (n,), 0..1, 0.5 at the card's limit.

    Neither score alone finds all that is new: digits have odd energies, and inverted garments odd
    first stages. Their standardised sum finds both.

    Args:
        card: how both scores are spread on validation images, and the limit.
        logits: float32 (n, classes), not divided by a temperature.
        distances: float32 (n,), of ``Likeness``; None where the card has none.
    """
    total = novelty_sums(card.energy, card.distance, logits, distances)
    beyond = np.clip(total - card.limit, -_STEEPEST, _STEEPEST)
    return np.asarray(1 / (1 + np.exp(-beyond)), np.float32)


def novelty_sums(
    energy: Spread, distance: Spread | None, logits: Floats, distances: Floats | None
) -> Floats:
    """The sum (n,) of both scores, each standardised by its (mean, standard deviation)."""
    total = (energies(logits) - energy[0]) / energy[1]
    if distance is not None and distances is not None:
        total = total + (distances - distance[0]) / distance[1]
    return np.asarray(total, np.float32)
