"""How predictions compare with the labels of the data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.reports import ClassScore, Score

Labels = NDArray[np.signedinteger]


def align_labels(
    labels: NDArray[np.int16], given: Sequence[str], wanted: Sequence[str]
) -> NDArray[np.int16] | None:
    """Translate labels from the model's classes to the data set's, by name.

    Without names on one side the labels are taken as they are.

    Args:
        labels: int16 (n,), indices into ``given``, or -1.
        given: the model's class names, possibly none.
        wanted: the data set's class names.

    Returns:
        int16 (n,), indices into ``wanted``, or None where the model names a class that the data
        set lacks or the other way round: such a model cannot be scored on this data set.
    """
    if not given or tuple(given) == tuple(wanted):
        return labels
    if set(given) != set(wanted):
        return None
    table = np.array([wanted.index(name) for name in given] + [-1], np.int16)
    return table[np.where(labels < len(given), labels, -1)]


def score(truth: Labels, predicted: Labels, classes: Sequence[str]) -> Score:
    """Accuracy, precision and recall of each class, and the confusion matrix.

    Args:
        truth: integers (n,), n >= 1, each in 0..len(classes)-1.
        predicted: integers (n,); anything outside that range counts as wrong.
        classes: names of the classes.
    """
    count = len(classes)
    known = (predicted >= 0) & (predicted < count)
    cells = truth[known].astype(np.int64) * count + predicted[known]
    confusion = np.bincount(cells, minlength=count * count).reshape(count, count)
    support = np.bincount(truth, minlength=count)
    hits = confusion.diagonal()
    return Score(
        accuracy=float(hits.sum() / len(truth)),
        scored=len(truth),
        classes=tuple(classes),
        per_class=tuple(
            ClassScore(
                name=name,
                support=int(support[k]),
                precision=_ratio(hits[k], confusion[:, k].sum()),
                recall=_ratio(hits[k], support[k]),
            )
            for k, name in enumerate(classes)
        ),
        confusion=tuple(tuple(int(cell) for cell in row) for row in confusion),
    )


def _ratio(part: np.integer, whole: np.integer) -> float | None:
    return float(part / whole) if whole else None
