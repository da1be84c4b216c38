"""Score a classifier on a labelled image set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.inference import Classifier
from consumer.pipeline.preprocess import preprocess
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet
from shared.reports import ClassScore, Score, Share
from shared.scoring import is_unnamed

BATCH = 64


class Evaluation(Score):
    """A score with what was scored: model, data set (name and BLAKE2b-256 digest), confidence.

    ``classes`` are those of the data set and, behind them, those that only the model has;
    ``mean_confidence`` is over all images.
    """

    model: str
    dataset: str
    dataset_digest: str
    mean_confidence: Share


def evaluate(classifier: Classifier, data: ImageSet) -> Evaluation:
    """Classify all images, converted to the model's size where they differ, and score the answers.

    Classes are matched by name. Where one side has none (its classes are called "0", "1", ...),
    they are matched by index.

    Raises:
        DataError: no labels, a class name twice, or classes that the model lacks.
    """
    if data.labels is None:
        raise DataError("no labels to score against", where=data.where)
    classes, places = _matched(classifier.card.classes, data)
    answers = [classifier.classify(batch) for batch in _batches(classifier, data)]
    labels = np.concatenate([labels for labels, _ in answers])
    confidences = np.concatenate([confidences for _, confidences in answers])
    confusion = _confusion(data.labels, places[labels], len(classes))
    return Evaluation(
        accuracy=float(confusion.trace() / len(data)),
        scored=len(data),
        classes=classes,
        per_class=tuple(_class_scores(classes, confusion)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        model=classifier.card.name,
        dataset=data.where,
        dataset_digest=data.digest(),
        mean_confidence=float(confidences.mean(dtype=np.float64)),
    )


def part(data: ImageSet, *, first: int | None = None, last: int | None = None) -> ImageSet:
    """The ``first`` or ``last`` so many images of a set; all where neither is given.

    Raises:
        SettingsError: both are given, or one is not in 1..len(data).
    """
    if first is None and last is None:
        return data
    count = first if last is None else last
    if count is None or (first is not None and last is not None) or not 1 <= count <= len(data):
        raise SettingsError(
            "wrong part of the data set",
            where="first, last",
            expected=f"one of them, 1..{len(data)}",
            got=f"first {first}, last {last}",
        )
    chosen = slice(count) if last is None else slice(len(data) - count, None)
    return data.part(chosen)


def _matched(
    model_classes: tuple[str, ...], data: ImageSet
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
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
            expected=", ".join(model_classes[:20]),
            got=", ".join(lacking[:20]),
        )
    classes = names + tuple(name for name in model_classes if name not in names)
    return classes, np.array([classes.index(name) for name in model_classes])


def _batches(classifier: Classifier, data: ImageSet) -> Iterator[NDArray[np.uint8]]:
    size = classifier.card.input_size
    for first in range(0, len(data), BATCH):
        numbers = range(first, min(first + BATCH, len(data)))
        yield np.stack([preprocess(data.image(number), size) for number in numbers])


def _confusion(
    truth: NDArray[np.int64], answers: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    pairs = np.bincount(truth * classes + answers, minlength=classes * classes)
    return pairs.reshape(classes, classes)


def _class_scores(classes: tuple[str, ...], confusion: NDArray[np.int64]) -> Iterator[ClassScore]:
    for index, name in enumerate(classes):
        right = int(confusion[index, index])
        support, given = int(confusion[index].sum()), int(confusion[:, index].sum())
        yield ClassScore(
            name=name,
            support=support,
            precision=right / given if given else None,
            recall=right / support if support else None,
        )
