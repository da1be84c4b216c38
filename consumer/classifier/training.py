"""Train the network from scratch on a processor, with a seed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import structlog
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from consumer.classifier.card import ModelCard, Recipe, TrainingRecord
from consumer.classifier.model import (
    ARCHITECTURE,
    SMALLEST_SIDE,
    GarmentNet,
    in_format,
    parameter_count,
)
from consumer.classifier.precision import resolved_precision
from consumer.classifier.trainer import Accuracies, Examples, Trainer
from shared.errors import DataError
from shared.intake.imageset import ImageSet

VALIDATION_IMAGES = 5_000
FEWEST_TRAINING_IMAGES = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A trained model in evaluation mode, its weights averaged, and its card."""

    model: GarmentNet
    card: ModelCard


def train(
    data: ImageSet,
    recipe: Recipe,
    *,
    seed: int = 0,
    validation_images: int = VALIDATION_IMAGES,
    name: str = "classifier",
    precision: str = "auto",
) -> Trained:
    """Train on all but the last images, validate on those; the same seed gives the same weights.

    Args:
        data: gray images of at least 4 x 4 pixels, with labels.
        recipe: the hyperparameters.
        seed: of initial weights, shuffling and mirroring.
        validation_images: how many images at the end of ``data`` are kept for validation.
        name: what the card calls the model.
        precision: "auto", "bf16" or "fp32"; the same weights come out again only in the same
            arithmetic, which the card states.

    Raises:
        DataError: no labels, images not gray or too small, or too few of them.
        SettingsError: an unknown precision.
    """
    training, validation = _split(data, validation_images)
    chosen = resolved_precision(precision)
    trainer = Trainer(training, len(data.classes), recipe, seed=seed, precision=chosen)
    accuracies = _run(trainer, recipe.epochs, validation)
    record = TrainingRecord(
        recipe=recipe,
        seed=seed,
        precision=chosen,
        images=len(training),
        data=data.where,
        data_digest=data.digest(),
    )
    model = in_format(trainer.average, torch.contiguous_format)
    return Trained(model, _card(name, data, trainer, accuracies, record))


def _run(trainer: Trainer, epochs: int, validation: Examples) -> Accuracies:
    accuracies = Accuracies(0.0, 0.0)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("training", total=trainer.steps)
        for epoch in range(1, epochs + 1):
            start = time.monotonic()
            losses = []
            for loss in trainer.epoch():
                losses.append(loss)
                progress.advance(task)
            accuracies = trainer.validate(validation)
            log.info(
                "epoch-trained",
                epoch=epoch,
                epochs=epochs,
                loss=round(float(np.mean(losses)), 4),
                validation_accuracy=accuracies.plain,
                validation_accuracy_flip=accuracies.flip,
                seconds=round(time.monotonic() - start, 1),
            )
    return accuracies


def _card(
    name: str, data: ImageSet, trainer: Trainer, accuracies: Accuracies, record: TrainingRecord
) -> ModelCard:
    height, width = data.stack.shape[1:3]
    return ModelCard(
        name=name,
        architecture=ARCHITECTURE,
        classes=data.classes,
        input_size=(height, width),
        mean=trainer.mean,
        deviation=trainer.deviation,
        parameters=parameter_count(trainer.average),
        validation_accuracy=accuracies.plain,
        validation_accuracy_flip=accuracies.flip,
        validation_images=len(data) - record.images,
        training=record,
    )


def _split(data: ImageSet, validation_images: int) -> tuple[Examples, Examples]:
    if data.labels is None:
        raise DataError("no labels to train on", where=data.where)
    height, width = data.stack.shape[1:3]
    channels = data.image_shape[2]
    if channels != 1 or min(height, width) < SMALLEST_SIDE:
        raise DataError(
            "images the network cannot be trained on",
            where=data.where,
            expected=f"one channel, sides of at least {SMALLEST_SIDE} pixels",
            got=f"{height} x {width} x {channels}",
        )
    count = len(data) - validation_images
    if validation_images < 1 or count < FEWEST_TRAINING_IMAGES:
        raise DataError(
            "too few images to train on",
            where=data.where,
            expected=f"{FEWEST_TRAINING_IMAGES} or more beside 1 or more for validation",
            got=f"{len(data)} in all, {validation_images} of them for validation",
        )
    images = torch.from_numpy(_owned(data.stack).reshape(-1, 1, height, width))
    labels = torch.from_numpy(_owned(data.labels))
    return Examples(images[:count], labels[:count]), Examples(images[count:], labels[count:])


def _owned(array: NDArray[Any]) -> NDArray[Any]:
    return np.require(array, requirements=("C", "W"))
