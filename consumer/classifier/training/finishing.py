"""From trained weights to a checkpoint that knows how right, how sure and how large it is."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from consumer.classifier.calibration import fit_doubt, fit_likeness
from consumer.classifier.card import TrainedCard, TrainingRecord
from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.int8 import activation_ranges
from consumer.classifier.model import GarmentNet, in_format, parameter_count
from consumer.classifier.training.examples import Examples, Normalisation, accuracies_of, outputs

RANGING = 1_000
"""So many training images tell how large activations become."""


@dataclass(frozen=True, slots=True)
class About:
    """What a card says that the weights do not tell.

    Args:
        name: of the model.
        classes: their names.
        record: how it was trained.
    """

    name: str
    classes: tuple[str, ...]
    record: TrainingRecord


def finished(
    model: GarmentNet,
    normalisation: Normalisation,
    training: Examples,
    validation: Examples,
    about: About,
) -> Checkpoint:
    """Round the weights to half their bits, and measure what the card says of them.

    Args:
        model: in evaluation mode; its weights are changed.
        normalisation: what it was trained with.
        training: what it was trained on.
        validation: what it was not.
        about: the rest of the card.
    """
    model.load_state_dict({key: _rounded(value) for key, value in model.state_dict().items()})
    accuracies = accuracies_of(model, normalisation, validation)
    likeness = fit_likeness(
        outputs(model, normalisation, training.images)[1].numpy(),
        training.labels.numpy(),
        len(about.classes),
    )
    logits, descriptions = (
        found.numpy() for found in outputs(model, normalisation, validation.images)
    )
    height, width = training.images.shape[2:]
    card = TrainedCard(
        name=about.name,
        architecture=model.architecture,
        classes=about.classes,
        input_size=(height, width),
        mean=normalisation.mean,
        deviation=normalisation.deviation,
        parameters=parameter_count(model),
        validation_accuracy=accuracies.plain,
        validation_accuracy_flip=accuracies.flip,
        validation_images=len(validation),
        training=about.record,
        doubt=fit_doubt(
            logits, validation.labels.numpy(), distances=likeness.distances(descriptions)
        ),
    )
    images = training.images[:RANGING, 0].numpy()
    model = in_format(model, torch.contiguous_format)
    ranges = activation_ranges(model, card, images)
    return Checkpoint(model, card.model_copy(update={"ranges": ranges}), likeness)


def _rounded(tensor: torch.Tensor) -> torch.Tensor:
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half().to(tensor.dtype)
    # What half the bits cannot hold at all keeps them.
    return half if torch.isfinite(half).all() else tensor
