"""The engine that classifies batches of images."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from consumer.classifier.answers import Answers
from consumer.classifier.card import ModelCard
from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.doubt import Floats, Judge
from consumer.classifier.foreign.loading import kind_of, load_foreign
from consumer.classifier.networks import Network
from consumer.classifier.paths.choice import fastest
from consumer.classifier.paths.names import AUTO
from shared.errors import DataError, SettingsError
from shared.processors import processors

MAX_THREADS = 1024


class Classifier:
    """Classify batches of images.

    It is made for one thread at a time. Making it runs it once, so that the first frame does not
    wait for what PyTorch prepares on first use.

    Args:
        network: runs the model.
        card: what the model is.
        judge: turns its outputs into answers; by default as the card says, without likeness.
    """

    def __init__(self, network: Network, card: ModelCard, judge: Judge | None = None) -> None:
        self.card = card
        self._network = network
        self._judge = judge or Judge(card.doubt)
        self.classify(np.zeros((1, *card.image_shape), np.uint8))

    @classmethod
    def load(
        cls, model: str | Path | None = None, *, path: str = AUTO, cache_dir: Path | None = None
    ) -> Self:
        """Make the engine of a model.

        Args:
            model: a checkpoint, a ``.pt2`` or ``.onnx`` file, each with its card beside it, or
                ``package.module:factory``; None takes the checkpoint of the package.
            path: "auto" or a name in ``paths.PATHS`` for a checkpoint; others have their own.
            cache_dir: where the outcome of "auto" is kept; None for the default folder.

        Raises:
            ModelError: the model cannot be used, or does not fit its card.
            SettingsError: an unknown path, one that this machine cannot run, or one for a model
                that is no checkpoint.
        """
        if model is not None and kind_of(str(model)) != "checkpoint":
            _check_foreign(path, model)
            foreign = load_foreign(str(model))
            return cls(foreign.network, foreign.card)
        found = load_checkpoint(None if model is None else Path(model))
        network = fastest(found, wanted=path, cache_dir=cache_dir)
        return cls(network, found.card, Judge(found.card.doubt, found.likeness))

    @property
    def path(self) -> str:
        """How the model is run: "eager-fp32" for instance."""
        return self._network.name

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """Give each image the most probable class, and say how sure that is.

        Args:
            images: uint8, (n, H, W), or (n, H, W, 3) where the card says 3 channels, n at least 1,
                of the card's input size.

        Returns:
            The answers, in new arrays.

        Raises:
            DataError: images of another shape or dtype.
        """
        self._check(images)
        outputs = self._network.run(images)
        return self._judge(outputs.logits, outputs.descriptions)

    def scores(self, images: NDArray[np.uint8]) -> tuple[Floats, Floats | None]:
        """What the answers to such images are made of: logits (n, classes) and distances (n,).

        Distances from the training images are None for a model that does not describe images.

        Raises:
            DataError: images of another shape or dtype.
        """
        self._check(images)
        outputs = self._network.run(images)
        return outputs.logits, self._judge.distances(outputs.descriptions)

    def _check(self, images: NDArray[np.uint8]) -> None:
        shape = self.card.image_shape
        if images.dtype != np.uint8 or images.shape[1:] != shape or images.size == 0:
            raise DataError(
                "wrong batch of images",
                where=f"model {self.card.name}",
                expected=f"uint8 (N, {', '.join(str(size) for size in shape)})",
                got=f"{images.dtype} {images.shape}",
            )


def _check_foreign(path: str, model: str | Path) -> None:
    if path != AUTO:
        raise SettingsError(
            "path of a model that is no checkpoint",
            where=model,
            expected="auto: it has a way of its own",
            got=path,
        )


def configure_threads(threads: int | None) -> None:
    """Let PyTorch use so many threads in an operation, in this whole process.

    As many as there are processors are best where nothing else is busy, one where other threads or
    processes are (docs/experiments.md).

    Args:
        threads: how many; None for all processors.

    Raises:
        SettingsError: not 1 to 1,024.
    """
    if threads is not None and not 1 <= threads <= MAX_THREADS:
        raise SettingsError(
            "value out of range", where="threads", expected=f"1..{MAX_THREADS}", got=threads
        )
    torch.set_num_threads(min(processors(), MAX_THREADS) if threads is None else threads)
