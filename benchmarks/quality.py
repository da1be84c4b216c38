"""What measuring the quality of frames costs: the analyst with and without, and alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.overhead import BATCH, THREADS
from benchmarks.spread import Spread
from consumer.classifier.inference import Classifier, configure_threads
from consumer.pipeline.analyst import Analyst, Engine, Measure
from consumer.pipeline.channels import Channel
from consumer.pipeline.measuring import measure_frames
from consumer.pipeline.records import ReceivedFrame, ResultBatch
from consumer.results.quality import QualityMetric
from shared.frames import FrameHeader
from shared.intake.pickles import load_pickle

Image = NDArray[np.uint8]

ALONE = 1024
SHAPES = {"small": (28, 28), "crop": (100, 100, 3), "photo": (400, 600, 3)}


def frames_per_second(
    frames: Sequence[ReceivedFrame], engine: Engine, measuring: Measure | None
) -> float:
    """How fast the analyst classifies frames that all wait for it, and their quality is judged."""
    waiting: Channel[ReceivedFrame] = Channel(len(frames))
    results: Channel[ResultBatch] = Channel(len(frames))
    for frame in frames:
        waiting.put(frame)
    waiting.close()
    analyst = Analyst(engine, waiting, results, batch=BATCH, now_ns=time.time_ns, measure=measuring)
    metric = QualityMetric()
    began = time.perf_counter()
    analyst.start()
    while batches := results.take(BATCH):
        for batch in batches:
            metric.update(batch)
    metric.compute()
    took = time.perf_counter() - began
    analyst.join()
    return len(frames) / took


def alone_us(shape: tuple[int, ...], *, batch: int) -> float:
    """Microseconds a frame of ``measure_frames`` on smooth images of one shape."""
    ramp = np.linspace(0, 255, int(np.prod(shape))).astype(np.uint8).reshape(shape)
    images = [np.roll(ramp, k, axis=1) for k in range(batch)]
    measure_frames(images)
    began = time.perf_counter()
    for _ in range(ALONE // batch):
        measure_frames(images)
    return 1e6 * (time.perf_counter() - began) / ALONE


def measure(path: Path, *, runs: int, frames: int) -> dict[str, Spread]:
    """With and without in turn, ``runs`` times; the ratio is taken pair by pair."""
    configure_threads(THREADS)
    engine = Classifier.load()
    with path.open("rb") as file:
        images = load_pickle(file, where=str(path)).stack
    waiting = [received(k, images[k % len(images)]) for k in range(frames)]
    frames_per_second(waiting[:BATCH], engine, measure_frames)
    without: list[float] = []
    whole: list[float] = []
    for k in range(runs):
        # In turn, so that neither is always the one that comes second.
        for is_whole in (bool(k % 2), not k % 2):
            rates = whole if is_whole else without
            chosen = measure_frames if is_whole else None
            rates.append(frames_per_second(waiting, engine, chosen))
    alone = {
        f"{name}_batch_{batch}_us": Spread.of(
            [alone_us(shape, batch=batch) for _ in range(runs)], 1
        )
        for name, shape in SHAPES.items()
        for batch in (1, BATCH)
    }
    return {
        "without_fps": Spread.of(without, 0),
        "with_fps": Spread.of(whole, 0),
        "ratio": Spread.of([w / a for w, a in zip(whole, without, strict=True)]),
        **alone,
    }


def received(sequence: int, image: Image) -> ReceivedFrame:
    """An image as the receiver passes it on."""
    header = FrameHeader(
        height=image.shape[0],
        width=image.shape[1],
        channels=1,
        epoch=1,
        sequence=sequence,
        index=sequence,
        sent_ns=0,
        crc=0,
    )
    return ReceivedFrame(header, image, image, 0)
