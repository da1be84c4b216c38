"""Where the analyst's time goes frame by frame, and what the garbage collector and memory add."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.overhead import BATCH, THREADS
from benchmarks.quality import received
from benchmarks.spread import Spread
from consumer.classifier.answers import Answers
from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.doubt import Judge
from consumer.classifier.inference import Classifier, configure_threads
from consumer.classifier.networks import Network, Outputs
from consumer.classifier.paths.choice import fastest
from consumer.pipeline.analyst import Analyst
from consumer.pipeline.channels import Channel
from consumer.pipeline.measuring import measure_frames
from consumer.pipeline.records import ReceivedFrame, ResultBatch
from shared.command import importing
from shared.intake.pickles import load_pickle

P = ParamSpec("P")
R = TypeVar("R")

FEWEST = 64


class Meter:
    """Adds up the time spent in a function."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def of(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, measured."""

        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began

        return measured


class MeteredNetwork:
    """A network whose time is added up.

    Args:
        network: runs the model.
        meter: gets the time.
    """

    def __init__(self, network: Network, meter: Meter) -> None:
        self.name = network.name
        self._run = meter.of(network.run)

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """What the network gives."""
        return self._run(images)


class MeteredEngine:
    """An engine whose time is added up.

    Args:
        engine: classifies.
        meter: gets the time.
    """

    def __init__(self, engine: Classifier, meter: Meter) -> None:
        self._classify = meter.of(engine.classify)

    def classify(self, images: NDArray[np.uint8]) -> Answers:
        """What the engine answers."""
        return self._classify(images)


@dataclass(slots=True)
class Collections:
    """What the garbage collector did: pauses in seconds, one for each time it ran."""

    pauses: list[float] = field(default_factory=list)
    _began: float = 0.0

    def __call__(self, phase: str, _info: dict[str, Any]) -> None:
        """For ``gc.callbacks``."""
        now = time.perf_counter()
        if phase == "start":
            self._began = now
        else:
            self.pauses.append(now - self._began)


@contextmanager
def collecting() -> Iterator[Collections]:
    """Watch the garbage collector."""
    found = Collections()
    gc.callbacks.append(found)
    try:
        yield found
    finally:
        gc.callbacks.remove(found)


def play(frames: list[ReceivedFrame], *, batch: int) -> dict[str, float]:
    """Let the analyst classify frames that all wait for it, at most ``batch`` at a time."""
    network, engine, measuring = Meter(), Meter(), Meter()
    waiting: Channel[ReceivedFrame] = Channel(len(frames))
    results: Channel[ResultBatch] = Channel(len(frames))
    for frame in frames:
        waiting.put(frame)
    waiting.close()
    analyst = Analyst(
        MeteredEngine(_classifier(network), engine),
        waiting,
        results,
        batch=batch,
        now_ns=time.time_ns,
        measure=measuring.of(measure_frames),
    )
    # Making it has run the network once.
    network.seconds = 0.0
    with importing():
        gc.collect()
    with collecting() as collections:
        blocks, began = sys.getallocatedblocks(), time.perf_counter()
        analyst.start()
        while results.take(batch):
            pass
        took = time.perf_counter() - began
    analyst.join()
    return {
        "us": 1e6 * took / len(frames),
        "network_share": network.seconds / took,
        "judging_share": (engine.seconds - network.seconds) / took,
        "quality_share": measuring.seconds / took,
        "collections_per_1000": 1e3 * len(collections.pauses) / len(frames),
        "longest_pause_ms": 1e3 * max(collections.pauses, default=0.0),
        "objects_kept": float(sys.getallocatedblocks() - blocks),
    }


def _classifier(meter: Meter) -> Classifier:
    found = load_checkpoint()
    judge = Judge(found.card.doubt, found.likeness)
    return Classifier(MeteredNetwork(fastest(found), meter), found.card, judge)


def measure(path: Path, *, runs: int, frames: int) -> dict[str, Spread]:
    """Single frames, and full batches; each figure of ``runs`` runs."""
    configure_threads(THREADS)
    with path.open("rb") as file:
        images = load_pickle(file, where=str(path)).stack
    waiting = [received(k, images[k % len(images)]) for k in range(max(frames, FEWEST))]
    figures: dict[str, Spread] = {}
    for batch in (1, BATCH):
        played = [play(waiting, batch=batch) for _ in range(runs)]
        for name in played[0]:
            figures[f"batch_{batch}_{name}"] = Spread.of([run[name] for run in played])
    return figures
