"""Models with activation ranges, and networks that take no time, for the tests of paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from classifier_samples import STRIPES, stripes, trained
from numpy.typing import NDArray

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.int8 import Int8Network, activation_ranges
from consumer.classifier.networks import Network, Outputs


def ranged(classes: tuple[str, ...] = STRIPES, **changes: Any) -> Checkpoint:
    """A ``random_model`` whose card has ranges."""
    found = trained(classes, **changes)
    ranges = activation_ranges(found.model, found.card, stripes(64).stack)
    return replace(found, card=found.card.model_copy(update={"ranges": ranges}))


def int8_network(checkpoint: Checkpoint) -> Int8Network:
    """The model in integers; the test is skipped where PyTorch has none for this processor."""
    network = Int8Network(checkpoint.model, checkpoint.card)
    try:
        network.run(np.zeros((1, *checkpoint.card.input_size), np.uint8))
    except RuntimeError as error:
        pytest.skip(f"PyTorch has no int8 for this processor: {error}")
    return network


@dataclass
class FakeNetwork:
    """Gives the same logits for every image, and keeps the sizes of its batches."""

    name: str = "fake"
    logits: tuple[float, ...] = (1.0, 2.0)
    sizes: list[int] = field(default_factory=list)

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for so many images."""
        self.sizes.append(len(images))
        return Outputs(np.tile(np.array(self.logits, np.float32), (len(images), 1)))


@dataclass
class FakeRace:
    """A race with a foreseen end: seconds by the network's name."""

    seconds_of: dict[str, float]
    raced: list[tuple[tuple[str, ...], int]] = field(default_factory=list)

    def __call__(
        self, networks: Sequence[Network], images: NDArray[np.uint8], *, seconds: float
    ) -> list[float]:
        """The seconds of each."""
        assert seconds > 0
        names = tuple(network.name for network in networks)
        self.raced.append((names, len(images)))
        return [self.seconds_of[name] for name in names]


@dataclass
class FakeClock:
    """A clock that goes on by one step with each look."""

    step: float = 1.0
    time: float = 0.0

    def __call__(self) -> float:
        """Seconds."""
        self.time += self.step
        return self.time
