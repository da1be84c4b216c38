"""Matches the classes of a data set with those of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.scoring import is_unnamed

MOST_SHOWN = 20


def matched(
    model_classes: tuple[str, ...], data: ImageSet
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Match classes by name; by index where either side has none.

    Args:
        model_classes: the model's.
        data: its classes are looked at.

    Returns:
        The data set's classes and, behind them, those that the model alone has; and for each of the
        model's its place among them.

    Raises:
        DataError: a class name twice, or classes that the model lacks.
    """
    names = data.classes
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError("class name twice", where=data.where, got=repr(twice))
    if is_unnamed(names) or is_unnamed(model_classes):
        known = model_classes[: len(names)]
        names = names if len(known) < len(names) else known
    lacking = [name for name in names if name not in model_classes]
    if lacking:
        raise DataError(
            "classes that the model lacks",
            where=data.where,
            expected=", ".join(model_classes[:MOST_SHOWN]),
            got=", ".join(lacking[:MOST_SHOWN]),
        )
    classes = names + tuple(name for name in model_classes if name not in names)
    return classes, np.array([classes.index(name) for name in model_classes])


def true_classes(model_classes: tuple[str, ...], data: ImageSet) -> NDArray[np.int64]:
    """The labels (n,) of a data set that has some, as indices into the model's classes.

    Raises:
        DataError: no labels, a class name twice, or classes that the model lacks.
    """
    if data.labels is None:
        raise DataError("no labels to compare with", where=data.where)
    return np.argsort(matched(model_classes, data)[1])[data.labels]
