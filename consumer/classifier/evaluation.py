"""Score a classifier on a labelled image set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.answering import batches, joined
from consumer.classifier.inference import Classifier
from consumer.classifier.matching import matched
from consumer.classifier.novelties import NoveltyScore, measure_novelty
from consumer.classifier.robustness import Robustness, measure_robustness
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet
from shared.reports import ClassScore, Count, Name, Report, Score, Share
from shared.scoring import Claims, calibrate
from shared.sets import ClassSets

HARDEST = 20
NO_SETS: Mapping[str, ImageSet] = MappingProxyType({})

Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]


class HardImage(Report):
    """An image that was answered wrongly: its index in the whole data set, and both classes.

    ``label`` is what the data set says, ``answer`` what the model says, and how surely.
    """

    index: Count
    label: Name
    answer: Name
    confidence: Share


class Evaluation(Score):
    """A score with what was scored: model, the path it ran by, data set (name, BLAKE2b-256 digest).

    ``classes`` are those of the data set and, behind them, those that only the model has;
    ``mean_confidence`` is over all images. ``calibration`` is always given; ``class_coverage``, the
    share of the prediction sets of each class's images that hold it, only where the model gives
    sets, and None for a class without images. ``hardest`` are the wrongly answered images of the
    highest confidence, at most 20, in descending order. ``novelty`` is None where the
    model tells none, ``robustness`` where it was not asked for.
    """

    model: str
    path: str
    dataset: str
    dataset_digest: str
    mean_confidence: Share
    class_coverage: tuple[Share | None, ...] | None = None
    hardest: tuple[HardImage, ...] = ()
    novelty: NoveltyScore | None = None
    robustness: Robustness | None = None


def evaluate(
    classifier: Classifier,
    data: ImageSet,
    *,
    novel: Mapping[str, ImageSet] = NO_SETS,
    robustness: bool = False,
    first_index: int = 0,
) -> Evaluation:
    """Classify all images, converted to the model's size where they differ, and score the answers.

    Classes are matched by name. Where one side has none (its classes are called "0", "1", ...),
    they are matched by index.

    Args:
        classifier: what is scored.
        data: images with labels.
        novel: sets of images that are not of the data set's kind, by name.
        robustness: whether corrupted images are scored, too: it takes 36 times as long.
        first_index: index of the first image in the data set of which these are a part.

    Raises:
        DataError: no labels, a class name twice, or classes that the model lacks.
        SettingsError: there are ``novel`` sets and the model tells no novelty.
    """
    if data.labels is None:
        raise DataError("no labels to score against", where=data.where)
    card = classifier.card
    classes, places = matched(card.classes, data)
    # Each class of the model has one place among those of the score.
    truth = np.argsort(places)[data.labels]
    answers = joined(
        [classifier.classify(images) for images in batches(classifier, data, "scoring")]
    )
    sets = None if answers.sets is None else _packed(answers.sets)
    right = answers.labels == truth
    confusion = _confusion(data.labels, places[answers.labels], len(classes))
    claims = Claims(answers.labels, answers.confidences, sets, True)
    return Evaluation(
        accuracy=float(confusion.trace() / len(data)),
        scored=len(data),
        classes=classes,
        per_class=tuple(_class_scores(classes, confusion)),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        calibration=calibrate(claims, truth, right),
        model=card.name,
        path=classifier.path,
        dataset=data.where,
        dataset_digest=data.digest(),
        mean_confidence=float(answers.confidences.mean(dtype=np.float64)),
        class_coverage=None if sets is None else _coverage(sets.hold(truth), data.labels, classes),
        hardest=tuple(_hardest(claims, truth, card.classes, first_index)),
        novelty=measure_novelty(classifier, data, answers.novelty, novel),
        robustness=measure_robustness(classifier, data, truth) if robustness else None,
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


def _packed(sets: Flags) -> ClassSets:
    return ClassSets(np.packbits(sets, axis=1, bitorder="little"))


def _coverage(held: Flags, labels: Indices, classes: tuple[str, ...]) -> tuple[float | None, ...]:
    support = np.bincount(labels, minlength=len(classes)).tolist()
    hits = np.bincount(labels[held], minlength=len(classes)).tolist()
    return tuple(hit / count if count else None for hit, count in zip(hits, support, strict=True))


def _hardest(
    claims: Claims, truth: Indices, classes: tuple[str, ...], first_index: int
) -> Iterator[HardImage]:
    wrong = np.flatnonzero(claims.labels != truth)
    order = np.argsort(-claims.confidences[wrong], stable=True)
    for place in wrong[order[:HARDEST]].tolist():
        yield HardImage(
            index=first_index + place,
            label=classes[truth[place]],
            answer=classes[claims.labels[place]],
            confidence=float(claims.confidences[place]),
        )


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
