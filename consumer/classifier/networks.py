"""What runs a model: pixels in, logits out, by whichever arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from consumer.classifier.card import TrainedCard
from consumer.classifier.model import GarmentNet, folded, in_format
from consumer.classifier.precision import DTYPES, Precision

Described = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Logits and descriptions of normalised images."""


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a network makes of n images.

    Args:
        logits: float32 (n, classes).
        descriptions: float32 (n, d), what ``GarmentNet.described`` gives beside them; None for a
            network that has none.
    """

    logits: NDArray[np.float32]
    descriptions: NDArray[np.float32] | None = None


class Network(Protocol):
    """Runs a model. It is used by one thread at a time."""

    @property
    def name(self) -> str:
        """What to call this way of running it: "eager-fp32" for instance."""

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs, in new arrays, for uint8 images of the model's size, n at least 1.

        They are (n, H, W), or (n, H, W, 3) where its card says 3 channels.
        """


class EagerNetwork:
    """The project's own network, operation by operation; normalisation folded, channels last.

    Args:
        model: a trained network; it is copied.
        card: its card.
        precision: its arithmetic.
    """

    def __init__(self, model: GarmentNet, card: TrainedCard, precision: Precision) -> None:
        self.name = f"eager-{precision}"
        self._dtype = DTYPES[precision]
        network = _scaled(folded(model), 255 * card.deviation).to(self._dtype)
        self.described: Described = in_format(network, torch.channels_last).described
        self._mean = 255 * card.mean

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W)."""
        return self.run_by(self.described, images)

    @torch.inference_mode()
    def run_by(self, described: Described, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W), by something that stands for the network.

        Args:
            described: gives what ``described`` of this object gives.
            images: as for ``run``.
        """
        # PyTorch wants memory it may write to and warns of any other; frames may come without.
        pixels = torch.from_numpy(np.require(images, requirements=("C", "W")))
        # The deviation is in the first weights. The mean cannot be, exactly: the convolution pads
        # with zeros, and these stand for the mean.
        centred = pixels.unsqueeze(1).to(self._dtype).sub_(self._mean)
        logits, descriptions = described(centred)
        return Outputs(logits.float().numpy(), descriptions.numpy())


class PlainNetwork:
    """The project's own network as it was trained, with nothing made faster: a reference.

    Args:
        model: a trained network, in evaluation mode.
        card: its card.
    """

    name = "plain-fp32"

    def __init__(self, model: GarmentNet, card: TrainedCard) -> None:
        self._model = model
        self._card = card

    @torch.inference_mode()
    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W), without descriptions."""
        pixels = torch.from_numpy(np.require(images, requirements=("C", "W"))).unsqueeze(1)
        logits = self._model((pixels / 255 - self._card.mean) / self._card.deviation)
        return Outputs(logits.numpy())


@torch.no_grad()
def _scaled(network: GarmentNet, divisor: float) -> GarmentNet:
    first = next(network.parameters())
    first.div_(divisor)
    return network
