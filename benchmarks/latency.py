"""What the stream adds to a frame's latency at 10 fps."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.house import consumer, producer
from benchmarks.overhead import bare
from benchmarks.spread import Spread

FPS = 10.0
FRAMES = 100
BARE_FRAMES = 500


def measure(path: Path, folder: Path, *, runs: int) -> dict[str, Spread]:
    """End to end (send to classified) of 100 frames at 10 fps, less one bare call; milliseconds.

    The bare call is measured twice: in a tight loop, and ten times a second as in the session.
    """
    loop, paced, p50, p99 = [], [], [], []
    for k in range(runs):
        loop.append(bare(path, batch=1, frames=BARE_FRAMES)["call_ms"])
        paced.append(bare(path, batch=1, frames=FRAMES, pace=FPS)["call_ms"])
        place = folder / f"latency-{k}"
        place.mkdir()
        with producer(place, "--dataset", str(path)) as running:
            results, _ = consumer(running.address, place, "--fps", str(FPS), "--count", str(FRAMES))
        latencies = json.loads((results / "summary.json").read_text())["latencies"]["end_to_end"]
        p50.append(latencies["p50"])
        p99.append(latencies["p99"])
    return {
        "bare_in_a_loop_ms": Spread.of(loop),
        "bare_at_10_fps_ms": Spread.of(paced),
        "end_to_end_p50_ms": Spread.of(p50),
        "end_to_end_p99_ms": Spread.of(p99),
        "added_to_loop_p50_ms": _less(p50, loop),
        "added_to_paced_p50_ms": _less(p50, paced),
        "added_to_paced_p99_ms": _less(p99, paced),
    }


def _less(whole: list[float], part: list[float]) -> Spread:
    return Spread.of([w - p for w, p in zip(whole, part, strict=True)])
