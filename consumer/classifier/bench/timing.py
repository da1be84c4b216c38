"""Times each way to run a model, and compares the answers with those of the plain network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumer.classifier.inference import configure_threads
from consumer.classifier.networks import Network, Outputs
from consumer.classifier.paths.agreement import Agreement, agreement

TURNS = 5
"""So many times each network has a share of its time, so that none has a quieter machine."""
CHUNK = 64

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Row:
    """What one way to run a model does with one size of batches.

    Args:
        path: name of the way.
        threads: of PyTorch.
        batch: images at once.
        median_ms: median time of a batch, in milliseconds.
        p99_ms: its 99th percentile.
        images_per_s: images a second at the median.
        ratio: how many times as fast as the reference, None where there is none.
        labels: share of labels equal to the reference's, 0..1, None where there is none.
        probability: greatest difference of a probability, 0..1, None where there is none.
    """

    path: str
    threads: int
    batch: int
    median_ms: float
    p99_ms: float
    images_per_s: float
    ratio: float | None = None
    labels: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be timed.

    Args:
        threads: numbers of PyTorch's threads, at least one.
        batches: sizes of batches, at least one.
        seconds: how long each way runs at each of these.
    """

    threads: tuple[int, ...] = (1,)
    batches: tuple[int, ...] = (1, 8, 64)
    seconds: float = 0.5


def bench(
    networks: Sequence[Network],
    reference: Network | None,
    images: Images,
    *,
    plan: Plan = Plan(),
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[list[Row]]:
    """Time networks in turns; for each number of threads and size of batch, a row of each.

    It leaves PyTorch with the last number of threads.

    Args:
        networks: ways to run one model.
        reference: the way that they are compared with, which gets the first row; None for none.
        images: uint8 (n, ...) of the model's size, n at least 1: repeated where a batch is larger.
        plan: threads, batches and time.
        clock: seconds on a monotonic clock.

    Raises:
        SettingsError: a number of threads that is not 1 to 1,024.
    """
    everyone = [*([] if reference is None else [reference]), *networks]
    agreements: list[Agreement | None] = []
    for threads in plan.threads:
        configure_threads(threads)
        agreements = agreements or _agreements(everyone, reference, images)
        for size in plan.batches:
            times = _times(everyone, np.resize(images, (size, *images.shape[1:])), plan, clock)
            medians = [float(np.median(one)) for one in times]
            yield [
                Row(
                    path=network.name,
                    threads=threads,
                    batch=size,
                    median_ms=median * 1e3,
                    p99_ms=float(np.percentile(one, 99)) * 1e3,
                    images_per_s=size / median,
                    ratio=None if reference is None else medians[0] / median,
                    labels=None if agreed is None else agreed.labels,
                    probability=None if agreed is None else agreed.probability,
                )
                for network, one, median, agreed in zip(everyone, times, medians, agreements)
            ]


def _times(
    networks: Sequence[Network], images: Images, plan: Plan, clock: Callable[[], float]
) -> list[list[float]]:
    for network in networks:
        network.run(images)
    times: list[list[float]] = [[] for _ in networks]
    for _ in range(TURNS):
        for network, taken in zip(networks, times):
            left = plan.seconds / TURNS
            # At least once, and in one go: in a stream, too, one network runs again and again.
            while True:
                start = clock()
                network.run(images)
                taken.append(clock() - start)
                left -= taken[-1]
                if left <= 0:
                    break
    return times


def _agreements(
    networks: Sequence[Network], reference: Network | None, images: Images
) -> list[Agreement | None]:
    if reference is None:
        return [None] * len(networks)
    expected = _outputs(reference, images)
    return [agreement(expected, _outputs(network, images)) for network in networks]


def _outputs(network: Network, images: Images) -> Outputs:
    parts = [network.run(images[k : k + CHUNK]).logits for k in range(0, len(images), CHUNK)]
    return Outputs(np.concatenate(parts))
