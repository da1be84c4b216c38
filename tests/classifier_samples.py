"""Small models, cards and image sets for the tests of the classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from consumer.classifier.card import TrainedCard, TrainingRecord
from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.inference import Classifier
from consumer.classifier.model import GarmentNet, parameter_count
from consumer.classifier.networks import EagerNetwork
from consumer.classifier.precision import Precision
from consumer.classifier.training.recipe import Recipe
from shared.intake.imageset import ImageSet

ARCHITECTURE = "chain-mini"
"""The smallest network."""
STRIPES = ("across", "down")
SIDE = 12


def stripes(count: int, *, seed: int = 0, side: int = SIDE, noise: int = 60) -> ImageSet:
    """Noisy images of horizontal (label 0) and vertical stripes (label 1), at random phases."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    phases = random.integers(0, 4, (count, 1))
    waves = np.where((np.arange(side) + phases) % 4 < 2, 40, 160)
    images = np.where(labels[:, None, None] == 1, waves[:, None, :], waves[:, :, None])
    images = images + random.integers(0, noise, images.shape)
    return ImageSet(images.astype(np.uint8), labels.astype(np.int64), STRIPES, "stripes")


def random_model(classes: int = 2, *, seed: int = 0) -> GarmentNet:
    """A network in evaluation mode, its weights and its normalisation statistics random."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = GarmentNet(classes, ARCHITECTURE).eval()
        for key, value in model.state_dict().items():
            if "running_var" in key:
                value.uniform_(0.5, 2.0)
            elif "running_mean" in key:
                value.normal_(0.0, 0.3)
    return model


def card(classes: tuple[str, ...] = STRIPES, **changes: Any) -> TrainedCard:
    """The card of a ``random_model`` for images of 12 x 12 pixels."""
    fields: dict[str, Any] = {
        "name": "sample",
        "architecture": ARCHITECTURE,
        "classes": classes,
        "input_size": (SIDE, SIDE),
        "mean": 0.4,
        "deviation": 0.25,
        "parameters": parameter_count(GarmentNet(len(classes), ARCHITECTURE)),
        "validation_accuracy": 0.5,
        "validation_accuracy_flip": 0.5,
        "validation_images": 10,
        "training": TrainingRecord(
            recipe=Recipe(architecture=ARCHITECTURE, epochs=1),
            seed=0,
            precision="fp32",
            images=10,
            data="stripes",
            data_digest="00",
        ),
    }
    return TrainedCard(**{**fields, **changes})


def trained(classes: tuple[str, ...] = STRIPES, **changes: Any) -> Checkpoint:
    """A ``random_model`` with its card."""
    return Checkpoint(random_model(len(classes)), card(classes, **changes))


def engine(classes: tuple[str, ...] = STRIPES, precision: Precision = "fp32") -> Classifier:
    """An engine of a ``random_model``."""
    about = card(classes)
    return Classifier(EagerNetwork(random_model(len(classes)), about, precision), about)
