"""What the stream adds to a frame's latency at 10 fps."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.house import consumer, producer
from benchmarks.overhead import bare
from benchmarks.spread import Spread

FRAMES = 100
BARE_FRAMES = 500


def measure(path: Path, folder: Path, *, runs: int) -> dict[str, Spread]:
    """End to end (send to classified) of 100 frames at 10 fps, less one bare call; milliseconds."""
    single, p50, p99 = [], [], []
    for k in range(runs):
        single.append(bare(path, batch=1, frames=BARE_FRAMES)["call_ms"])
        place = folder / f"latency-{k}"
        place.mkdir()
        with producer(place, "--dataset", str(path)) as running:
            results, _ = consumer(running.address, place, "--fps", "10", "--count", str(FRAMES))
        latencies = json.loads((results / "summary.json").read_text())["latencies"]["end_to_end"]
        p50.append(latencies["p50"] - single[-1])
        p99.append(latencies["p99"] - single[-1])
    return {
        "bare_ms": Spread.of(single),
        "added_p50_ms": Spread.of(p50),
        "added_p99_ms": Spread.of(p99),
    }
