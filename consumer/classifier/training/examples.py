"""Images to learn from, and how they are shown to a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from consumer.classifier.model import SMALLEST_SIDE, GarmentNet
from shared.errors import DataError
from shared.intake.imageset import ImageSet

EVALUATION_BATCH = 250
FEWEST = 2
"""Training images."""
SMALLEST_DEVIATION = 1.0
"""In pixel values: keeps the normalisation of images of a single colour finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images to learn from.

    Args:
        images: uint8 (N, 1, H, W).
        labels: int64 (N,).
        judgements: float32 (N, classes), probabilities that other networks gave; None where none
            were asked.
    """

    images: Tensor
    labels: Tensor
    judgements: Tensor | None = None

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.labels)

    def part(self, chosen: Tensor) -> Examples:
        """The examples of the chosen places."""
        judgements = None if self.judgements is None else self.judgements[chosen]
        return Examples(self.images[chosen], self.labels[chosen], judgements)


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation of the pixels of all training images, of 0..1."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, images: Tensor) -> Normalisation:
        """That of uint8 images."""
        pixels = images.numpy()
        deviation = max(float(pixels.std()), SMALLEST_DEVIATION)
        return cls(float(pixels.mean()) / 255, deviation / 255)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Pixels of 0..255 as the network wants them: float32, channels last."""
        scaled = pixels.float() / 255.0
        scaled = scaled.sub_(self.mean).div_(self.deviation)
        return scaled.contiguous(memory_format=torch.channels_last)


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Share of right answers, 0..1: to the plain image, and to it and its mirror image together."""

    plain: float
    flip: float


@torch.inference_mode()
def outputs(
    model: GarmentNet, normalisation: Normalisation, images: Tensor
) -> tuple[Tensor, Tensor]:
    """What a network in evaluation mode makes of images.

    Args:
        model: the network.
        normalisation: what it was trained with.
        images: uint8 (n, 1, H, W), n at least 1.

    Returns:
        Logits (n, classes) and descriptions (n, d), float32.
    """
    portions = (
        images[first : first + EVALUATION_BATCH]
        for first in range(0, len(images), EVALUATION_BATCH)
    )
    found = [model.described(normalisation(portion)) for portion in portions]
    return torch.cat([logits for logits, _ in found]), torch.cat([told for _, told in found])


def accuracies_of(
    model: GarmentNet, normalisation: Normalisation, examples: Examples
) -> Accuracies:
    """How many of the examples a network in evaluation mode knows."""
    plain, mirrored = (
        outputs(model, normalisation, images)[0]
        for images in (examples.images, examples.images.flip(3))
    )
    right, both = (
        int((logits.argmax(1) == examples.labels).sum()) for logits in (plain, plain + mirrored)
    )
    return Accuracies(right / len(examples), both / len(examples))


def split(data: ImageSet, validation_images: int) -> tuple[Examples, Examples]:
    """All but the last images, to train on, and those, to validate on.

    Raises:
        DataError: no labels, images not gray or too small, or too few of them.
    """
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
    if validation_images < 1 or count < FEWEST:
        raise too_few(len(data), validation_images, data.where)
    images = torch.from_numpy(_owned(data.stack).reshape(-1, 1, height, width))
    labels = torch.from_numpy(_owned(data.labels))
    return Examples(images[:count], labels[:count]), Examples(images[count:], labels[count:])


def too_few(count: int, validation_images: int, where: str) -> DataError:
    """The error that there are not enough images."""
    return DataError(
        "too few images to train on",
        where=where,
        expected=f"{FEWEST} or more beside 1 or more for validation",
        got=f"{count} in all, {validation_images} of them for validation",
    )


def _owned(array: NDArray[Any]) -> NDArray[Any]:
    return np.require(array, requirements=("C", "W"))
