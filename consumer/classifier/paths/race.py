"""A race of networks: which is fastest, told in a short time and in spite of other processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.networks import Network

ROUNDS = 3
PATIENCE = 10
"""Times as long as was asked for, a race is over after a single turn."""


class Racing(Protocol):
    """Whatever tells which network is faster: ``race``."""

    def __call__(
        self, networks: Sequence[Network], images: NDArray[np.uint8], *, seconds: float
    ) -> Sequence[float]:
        """Seconds that each network took for the images."""


def race(
    networks: Sequence[Network],
    images: NDArray[np.uint8],
    *,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """The least seconds that each network took for the images.

    They take turns, so that none has a quieter machine than another. Before, each runs once.

    Args:
        networks: who takes part.
        images: uint8, one batch.
        seconds: how long; all have at least three turns, or one where these would take ten times
            as long.
        clock: seconds on a monotonic clock.
    """
    for network in networks:
        network.run(images)
    best = [float("inf")] * len(networks)
    begin = now = clock()
    turns = 0
    while not turns or now - begin < seconds * (PATIENCE if turns < ROUNDS else 1):
        turns += 1
        for place, network in enumerate(networks):
            start = clock()
            network.run(images)
            best[place] = min(best[place], clock() - start)
        now = clock()
    return best
