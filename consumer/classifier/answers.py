"""What a classifier says about a batch of images: plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers to n images.

    Args:
        labels: int16 (n,), the most probable class, an index into the model's.
        confidences: float32 (n,), 0..1, its probability.
        sets: bool (n, classes), the classes that may be meant: the true one is among them as often
            as the model's card says; None where the card says nothing of doubt.
        novelty: float32 (n,), 0..1, how unlike the training images an image is; from
            ``shared.doubt.NOVEL`` on it hardly belongs to them; None where the card says nothing.
    """

    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    sets: NDArray[np.bool_] | None = None
    novelty: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Number of images."""
        return len(self.labels)
