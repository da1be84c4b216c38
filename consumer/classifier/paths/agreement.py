"""Whether two ways of running a model give the same answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.doubt import softmax
from consumer.classifier.networks import Outputs

LARGEST_ERROR = 0.05
"""Sound int8 has 0.014 in the logits of garments and bf16 less; int8 on a processor that saturates
its sums has 0.11."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well answers agree with a reference.

    Args:
        labels: share of equal labels, 0..1.
        probability: greatest difference of a probability, 0..1.
        error: root mean square of the differences, in units of the reference's spread: of logits,
            or of descriptions where theirs is greater.
    """

    labels: float
    probability: float
    error: float

    @property
    def is_sound(self) -> bool:
        """Whether they differ by no more than another arithmetic may make of it."""
        # Written so that an error which is none is not sound.
        return self.error <= LARGEST_ERROR


def agreement(reference: Outputs, other: Outputs) -> Agreement:
    """Compare the outputs for the same images."""
    expected, found = reference.logits, other.logits
    gaps = np.abs(softmax(expected) - softmax(found))
    errors = [_error(expected, found)]
    if reference.descriptions is not None and other.descriptions is not None:
        errors.append(_error(reference.descriptions, other.descriptions))
    return Agreement(
        labels=float((expected.argmax(1) == found.argmax(1)).mean()),
        probability=float(gaps.max()),
        # Not Python's maximum, which may pass over an error that is none.
        error=float(np.max(errors)),
    )


def _error(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    spread = max(float(expected.std(dtype=np.float64)), _TINY)
    return float(np.sqrt(np.square(found - expected).mean(dtype=np.float64))) / spread
