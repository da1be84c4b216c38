"""Scores a classifier on corrupted images."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from consumer.classifier.answering import BATCH, batches
from consumer.classifier.corruptions import KINDS, SEVERITIES, Corruption, corrupt
from consumer.classifier.inference import Classifier
from shared.intake.imageset import ImageSet
from shared.reports import Report, Share

SEED = 0

Points = Annotated[float, Field(ge=-100.0, le=100.0, allow_inf_nan=False)]
Counts = NDArray[np.int64]


class CorruptedScore(Report):
    """The accuracies under one corruption at severities 1 to 5, and the mean loss in points."""

    accuracies: Annotated[
        tuple[Share, ...], Field(min_length=len(SEVERITIES), max_length=len(SEVERITIES))
    ]
    mean_loss: Points


class Robustness(Report):
    """How accuracy suffers from corruptions.

    ``clean`` is the accuracy without any. ``mean_loss`` is what is lost of it on average over all
    corruptions and severities, in percentage points.
    """

    clean: Share
    mean_loss: Points
    corruptions: dict[Corruption, CorruptedScore]


def measure_robustness(
    classifier: Classifier, data: ImageSet, truth: NDArray[np.int64]
) -> Robustness:
    """Classify all images under each corruption at each severity.

    They are corrupted in the model's size. The same images are always corrupted in the same way.

    Args:
        classifier: what is scored.
        data: the images.
        truth: int64 (n,), their true classes as indices into the model's.
    """
    clean, corrupted = 0, np.zeros((len(KINDS), len(SEVERITIES)), np.int64)
    for place, images in enumerate(batches(classifier, data, "corrupting")):
        wanted = truth[place * BATCH :][: len(images)]
        clean += int(np.count_nonzero(classifier.classify(images).labels == wanted))
        corrupted += _hits(classifier, images, wanted, place)
    return _robustness(clean, corrupted, len(data))


def _hits(
    classifier: Classifier, images: NDArray[np.uint8], truth: NDArray[np.int64], place: int
) -> Counts:
    """How many of a batch are right, (kinds, severities)."""
    found = [
        np.count_nonzero(
            classifier.classify(corrupt(images, kind, severity, (SEED, place))).labels == truth
        )
        for kind in KINDS
        for severity in SEVERITIES
    ]
    return np.array(found, np.int64).reshape(len(KINDS), len(SEVERITIES))


def _robustness(clean: int, corrupted: Counts, images: int) -> Robustness:
    accuracies, lost = corrupted / images, 100 * (clean - corrupted) / images
    return Robustness(
        clean=clean / images,
        mean_loss=float(lost.mean()),
        corruptions={
            kind: CorruptedScore(accuracies=tuple(row.tolist()), mean_loss=float(loss.mean()))
            for kind, row, loss in zip(KINDS, accuracies, lost, strict=True)
        },
    )
