"""Classifiers whose answers are told, for the tests of scoring."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from classifier_samples import SIDE, card, random_model
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.classifier.inference import Classifier
from consumer.classifier.networks import EagerNetwork
from shared.intake.imageset import ImageSet

CLASSES = ("bag", "coat", "dress")

Images = NDArray[np.uint8]


class ToldClassifier(Classifier):
    """Answers for 12 x 12 images as ``answer`` says."""

    def __init__(self, answer: Callable[[Images], Answers]) -> None:
        self._answer = answer
        about = card(CLASSES)
        super().__init__(EagerNetwork(random_model(len(CLASSES)), about, "fp32"), about)

    def classify(self, images: Images) -> Answers:
        """What ``answer`` says of them."""
        return self._answer(images)


def by_level(images: Images) -> Answers:
    """The class by the level of the middle pixel: one class more each 100, equally confident."""
    labels = (images[:, SIDE // 2, SIDE // 2] // 100).astype(np.int16)
    return Answers(labels, np.full(len(images), 0.5, np.float32))


def levels(shown: list[int], labels: list[int] | None = None) -> ImageSet:
    """Blank images of the levels ``shown``, 0..255; labels go into ``CLASSES``."""
    images = np.repeat(np.array(shown, np.uint8), SIDE * SIDE).reshape(-1, SIDE, SIDE)
    if labels is None:
        return ImageSet(images)
    return ImageSet(images, np.array(labels, np.int64), CLASSES, "x.pickle")
