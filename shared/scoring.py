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

    Where one side has no names, or mere numbers from "0" on, the labels are taken as they are.
    A class that the model alone has becomes -1: on this data set it is always wrong.

    Args:
        labels: int16 (n,), indices into ``given``, or -1.
        given: the model's class names, possibly none.
        wanted: the data set's class names.

    Returns:
        int16 (n,), indices into ``wanted`` or -1, or None where the data set has a class that the
        model lacks: such a model cannot be scored on this data set.
    """
    if not given or tuple(given) == tuple(wanted) or is_unnamed(given) or is_unnamed(wanted):
        return labels
    if not set(wanted) <= set(given):
        return None
    places = {name: place for place, name in enumerate(wanted)}
    table = np.array([places.get(name, -1) for name in given] + [-1], np.int16)
    return table[np.where(labels < len(given), labels, -1)]


def is_unnamed(classes: Sequence[str]) -> bool:
    """Whether the names are mere numbers "0", "1", ..., as a data set without names gets them."""
    return all(name == str(place) for place, name in enumerate(classes))


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
