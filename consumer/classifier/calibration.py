"""Measures a network's doubt on images it was not trained on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.card import DoubtCard, NoveltyCard, Spread
from consumer.classifier.doubt import Floats, Likeness, energies, novelty_sums, softmax

COVERAGE = 0.99
BINS = 15
"""Of confidences, equally wide, for the calibration error."""
_COLDEST, _HOTTEST = 0.05, 20.0
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 60
_SHRINKAGE = 1e-3
_LEAST = 1e-6
_NOVELTY_SHARE = 0.99

Labels = NDArray[np.int64]


def fit_doubt(
    logits: Floats, labels: Labels, *, distances: Floats | None = None, coverage: float = COVERAGE
) -> DoubtCard:
    """What a card says of doubt.

    Args:
        logits: float32 (n, classes), of images that were not trained on.
        labels: int64 (n,), their true classes.
        distances: float32 (n,), of the same images, where the network describes them.
        coverage: how many of the prediction sets shall hold the true class, 0..1.
    """
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    energy = _spread(energies(logits))
    distance = None if distances is None else _spread(distances)
    sums = novelty_sums(energy, distance, logits, distances)
    return DoubtCard(
        temperature=temperature,
        coverage=coverage,
        threshold=conformal_threshold(probabilities, labels, coverage),
        images=len(labels),
        novelty=NoveltyCard(
            energy=energy, distance=distance, limit=float(np.quantile(sums, _NOVELTY_SHARE))
        ),
    )


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """The temperature, 0.05..20, at which the labels are most likely.

    Source:
        Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    wide = logits.astype(np.float64)

    def loss(log_temperature: float) -> float:
        scaled = wide / math.exp(log_temperature)
        scaled -= scaled.max(1, keepdims=True)
        right = scaled[np.arange(len(labels)), labels]
        return float((np.log(np.exp(scaled).sum(1)) - right).mean())

    # Golden section: the loss is convex in the inverse temperature, so it has one valley.
    for _ in range(_STEPS):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def conformal_threshold(probabilities: Floats, labels: Labels, coverage: float) -> float:
    """The probability from which on a class belongs to the prediction set, 0..1.

    Sets made with it hold the true class in at least a share ``coverage`` of further images of the
    same kind, on average over the images it is chosen on.

    Args:
        probabilities: float32 (n, classes).
        labels: int64 (n,), the true classes.
        coverage: 0..1.

    Source:
        Sadinle et al., "Least Ambiguous Set-Valued Classifiers with Bounded Error Levels", JASA
        2019; Vovk et al., "Algorithmic Learning in a Random World", 2005.
    """
    true = np.sort(probabilities[np.arange(len(labels)), labels])
    # So many of the n true classes may be missed that one more image keeps the promise.
    missed = min(math.floor((len(true) + 1) * (1 - coverage) + 1e-9), len(true))
    return float(true[missed - 1]) if missed else 0.0


def calibration_error(confidences: Floats, right: NDArray[np.bool_], *, bins: int = BINS) -> float:
    """Expected calibration error, 0..1: the mean gap between confidence and accuracy, by bins.

    Args:
        confidences: float32 (n,), 0..1.
        right: bool (n,), whether the answer was right.
        bins: how many, of equal width.

    Source:
        Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    places = np.minimum((confidences.astype(np.float64) * bins).astype(np.intp), bins - 1)
    gaps = np.bincount(places, confidences.astype(np.float64) - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidences))


def fit_likeness(descriptions: Floats, labels: Labels, classes: int) -> Likeness:
    """What training images look like.

    Args:
        descriptions: float32 (n, d), of training images.
        labels: int64 (n,), their classes.
        classes: how many there are; one without images is put at the mean of all.
    """
    wide = descriptions.astype(np.float64)
    means = np.tile(wide.mean(0), (classes, 1))
    for label in np.unique(labels):
        means[label] = wide[labels == label].mean(0)
    off = wide - means[labels]
    covariance = off.T @ off / len(off)
    width = len(covariance)
    floor = _SHRINKAGE * np.trace(covariance) / width + _LEAST
    whitening = np.linalg.cholesky(np.linalg.inv(covariance + floor * np.eye(width)))
    return Likeness((means @ whitening).astype(np.float32), whitening.astype(np.float32))


def auroc(usual: Floats, unusual: Floats) -> float:
    """Probability, 0..1, that an unusual image has the higher score; ties count half.

    Args:
        usual: scores (n,) of images that are not to be found.
        unusual: scores (m,) of those that are.
    """
    order = np.sort(usual)
    below = np.searchsorted(order, unusual, side="left")
    not_above = np.searchsorted(order, unusual, side="right")
    return float((below + not_above).mean() / 2 / len(usual))


def _spread(scores: Floats) -> Spread:
    return float(scores.mean(dtype=np.float64)), max(float(scores.std(dtype=np.float64)), _LEAST)
