"""The engine: a model made ready to classify batches of uint8 images as fast as it can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from consumer.classifier.card import ModelCard
from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.model import GarmentNet, folded, in_format
from consumer.classifier.precision import DTYPES, resolved_precision
from shared.errors import DataError, SettingsError

MAX_THREADS = 1024


class Classifier:
    """Classify batches of gray images; batch normalisation folded, channels last, no gradients.

    It is made for one thread at a time. Making it runs it once, so that the first frame does not
    wait for what PyTorch prepares on first use.

    Args:
        model: a trained network; it is copied.
        card: its card.
        precision: arithmetic of the network; "auto", "bf16" or "fp32".

    Raises:
        SettingsError: an unknown precision.
    """

    def __init__(
        self,
        model: GarmentNet,
        card: ModelCard,
        *,
        precision: str = "auto",
    ) -> None:
        self.card = card
        self.precision = resolved_precision(precision)
        self._dtype = DTYPES[self.precision]
        network = _scaled(folded(model), 255 * card.deviation).to(self._dtype)
        self._network = in_format(network, torch.channels_last)
        self._mean = 255 * card.mean
        self.classify(np.zeros((1, *card.input_size), np.uint8))

    @classmethod
    def load(cls, path: Path | None = None, *, precision: str = "auto") -> Classifier:
        """Make the engine from a checkpoint; None takes the one of the package.

        Raises:
            ModelError: the checkpoint cannot be used.
            SettingsError: an unknown precision.
        """
        return cls(*load_checkpoint(path), precision=precision)

    def classify(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Give each image the most probable class.

        Args:
            images: uint8, (N, H, W), N at least 1, of the card's input size.

        Returns:
            Indices into the card's classes, int16 (N,), and their probabilities, float32 (N,) in
            0..1: new arrays.

        Raises:
            DataError: images of another shape or dtype.
        """
        self._check(images)
        # PyTorch wants memory it may write to and warns of any other; frames may come without.
        pixels = torch.from_numpy(np.require(images, requirements=("C", "W")))
        confidences, labels = self._probabilities(pixels).max(1)
        return labels.numpy().astype(np.int16), confidences.numpy().copy()

    @torch.inference_mode()
    def _probabilities(self, pixels: Tensor) -> Tensor:
        # The deviation is in the first weights. The mean cannot be, exactly: the convolution pads
        # with zeros, and these stand for the mean.
        centred = pixels.unsqueeze(1).to(self._dtype).sub_(self._mean)
        logits: Tensor = self._network(centred)
        return logits.float().softmax(1)

    def _check(self, images: NDArray[np.uint8]) -> None:
        good_shape = images.ndim == 3 and images.shape[1:] == self.card.input_size
        if images.dtype != np.uint8 or not good_shape or images.size == 0:
            height, width = self.card.input_size
            raise DataError(
                "wrong batch of images",
                where=f"model {self.card.name}",
                expected=f"uint8 (N, {height}, {width})",
                got=f"{images.dtype} {images.shape}",
            )


def configure_threads(threads: int) -> None:
    """Let PyTorch use so many threads in an operation, in this whole process.

    One is best wherever other threads or processes are busy (docs/experiments.md).

    Raises:
        SettingsError: not 1 to 1,024.
    """
    if not 1 <= threads <= MAX_THREADS:
        raise SettingsError(
            "value out of range", where="threads", expected=f"1..{MAX_THREADS}", got=threads
        )
    torch.set_num_threads(threads)


@torch.no_grad()
def _scaled(network: GarmentNet, divisor: float) -> GarmentNet:
    first = next(network.parameters())
    first.div_(divisor)
    return network
