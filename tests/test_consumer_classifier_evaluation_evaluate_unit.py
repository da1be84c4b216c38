"""Tests of scoring a classifier."""

from __future__ import annotations

import re

import numpy as np
import pytest
from classifier_samples import SIDE, card, random_model
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.classifier.evaluation import Evaluation, evaluate
from consumer.classifier.inference import Classifier
from consumer.classifier.networks import EagerNetwork
from shared.errors import DataError
from shared.intake.imageset import ImageSet

MODEL_CLASSES = ("bag", "coat", "dress")


class BrightnessClassifier(Classifier):
    """Knows a class by the brightness of the upper left pixel: 0, 100, 200."""

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """The class of each image, with a confidence of one half."""
        self._check(images)
        labels = (images[:, 0, 0] // 100).astype(np.int16)
        return Answers(labels, np.full(len(images), 0.5, np.float32))


def _engine(classes: tuple[str, ...]) -> BrightnessClassifier:
    about = card(classes)
    return BrightnessClassifier(EagerNetwork(random_model(3), about, "fp32"), about)


@pytest.fixture(name="classifier", scope="module")
def fixture_classifier() -> Classifier:
    """An engine that is right about every image of ``_data``."""
    return _engine(MODEL_CLASSES)


def _data(
    shown: list[int], labels: list[int], classes: tuple[str, ...] = MODEL_CLASSES, side: int = SIDE
) -> ImageSet:
    """Images that show the model's class ``shown``, labelled ``labels`` into ``classes``."""
    brightness = np.array(shown, np.uint8)[:, None, None] * 100
    images = np.broadcast_to(brightness, (len(shown), side, side))
    return ImageSet(images.astype(np.uint8), np.array(labels, np.int64), classes, "x.pickle")


def test_figures_are_as_counted_by_hand(classifier: Classifier) -> None:
    data = _data(shown=[0, 0, 1, 1], labels=[0, 1, 1, 1])
    found = evaluate(classifier, data)
    assert (found.accuracy, found.scored, found.mean_confidence) == (0.75, 4, 0.5)
    assert found.confusion == ((1, 0, 0), (1, 2, 0), (0, 0, 0))
    assert [(score.name, score.support) for score in found.per_class] == [
        ("bag", 1),
        ("coat", 3),
        ("dress", 0),
    ]
    assert [score.precision for score in found.per_class] == [0.5, 1.0, None]
    assert [score.recall for score in found.per_class] == [1.0, pytest.approx(2 / 3), None]
    assert (found.model, found.dataset) == ("sample", "x.pickle")
    assert found.dataset_digest == data.digest()


def test_an_evaluation_survives_the_way_through_json(classifier: Classifier) -> None:
    found = evaluate(classifier, _data([0, 1], [0, 2]))
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("shown", "labels", "classes", "confusion"),
    [
        ([0, 1, 2], [2, 0, 1], ("coat", "dress", "bag"), ((1, 0, 0), (0, 1, 0), (0, 0, 1))),
        ([1, 2, 2], [0, 0, 0], ("coat",), ((1, 0, 2), (0, 0, 0), (0, 0, 0))),
        ([0, 1, 2], [0, 1, 2], ("0", "1", "2"), ((1, 0, 0), (0, 1, 0), (0, 0, 1))),
        ([0, 1, 1], [0, 1, 1], ("0", "1"), ((1, 0, 0), (0, 2, 0), (0, 0, 0))),
    ],
    ids=["other order", "a part of the classes", "no names", "no names, a part"],
)
def test_classes_are_matched_by_name_and_without_names_by_index(
    classifier: Classifier,
    shown: list[int],
    labels: list[int],
    classes: tuple[str, ...],
    confusion: tuple[tuple[int, ...], ...],
) -> None:
    found = evaluate(classifier, _data(shown, labels, classes))
    assert found.confusion == confusion
    assert set(found.classes) == set(MODEL_CLASSES)


def test_a_model_without_class_names_is_matched_by_index() -> None:
    classifier = _engine(("0", "1", "2"))
    found = evaluate(classifier, _data([0, 1, 2], [0, 1, 2]))
    assert found.accuracy == 1.0
    assert found.classes == ("0", "1", "2")


def test_images_of_another_size_and_in_colour_are_converted(classifier: Classifier) -> None:
    gray = _data([0, 1, 2], [0, 1, 2], side=30)
    assert evaluate(classifier, gray).accuracy == 1.0
    colour = ImageSet(np.repeat(gray.stack[..., None], 3, 3), gray.labels, gray.classes)
    assert evaluate(classifier, colour).accuracy == 1.0


def test_more_images_than_a_batch_are_all_scored(classifier: Classifier) -> None:
    assert evaluate(classifier, _data([1] * 150, [1] * 150)).confusion[1][1] == 150


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (
            ("bag", "hat"),
            "classes that the model lacks in x.pickle: expected bag, coat, dress, got hat",
        ),
        (("0", "1", "2", "3"), "classes that the model lacks in x.pickle"),
        (("bag", "bag"), "class name twice in x.pickle: got 'bag'"),
    ],
)
def test_classes_that_do_not_fit_are_refused(
    classifier: Classifier, classes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        evaluate(classifier, _data([0], [0], classes))


def test_images_without_labels_cannot_be_scored(classifier: Classifier) -> None:
    data = ImageSet(np.zeros((2, 12, 12), np.uint8), where="x.pickle")
    with pytest.raises(DataError, match="no labels to score against in x.pickle"):
        evaluate(classifier, data)
