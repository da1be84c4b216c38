"""What all sessions of a producer share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from producer.ledger.ledger import Ledger
from producer.metrics import Metrics
from producer.sessions.chaos import ChaosSpec
from shared.intake.imageset import ImageSet


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks of a session, passed in so that tests can bring their own.

    Args:
        monotonic: seconds, for schedules; never set back.
        unix_ns: nanoseconds since 1970-01-01 UTC, for the frames' send times.
    """

    monotonic: Callable[[], float]
    unix_ns: Callable[[], int]


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions of a producer share.

    Args:
        images: the data set.
        dataset: what to call it.
        ledger: where sessions are kept.
        metrics: what is counted over all sessions.
        clock: the clocks.
        chaos: the faults to be made on request.
        seed: of their choice.
        offsets_s: the times of the recording that is played, float64 (n,); None for a data set
            without times.
    """

    images: ImageSet
    dataset: str
    ledger: Ledger
    metrics: Metrics
    clock: Clock
    chaos: ChaosSpec = ChaosSpec()
    seed: int = 0
    offsets_s: NDArray[np.float64] | None = None
