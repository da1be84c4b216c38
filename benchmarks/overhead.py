"""What the stream costs: a whole session at fps 0 against the classifier alone."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.house import consumer, producer
from benchmarks.spread import Spread

BATCH = 64
THREADS = 1


def bare(path: Path, *, batch: int, frames: int, pace: float = 0.0) -> dict[str, float]:
    """The classifier alone in a process of its own: frames_per_second and call_ms."""
    command = [sys.executable, "-m", "benchmarks.bare", str(path), str(batch), str(THREADS)]
    ended = subprocess.run([*command, str(frames), str(pace)], stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(ended.stdout)
    return figures


def session(path: Path, folder: Path, *, frames: int) -> float:
    """Frames a second of a whole session, from its start until the last frame is on disk."""
    with producer(folder, "--dataset", str(path)) as running:
        options = ("--fps", "0", "--count", str(frames), "--batch", str(BATCH))
        _, lines = consumer(running.address, folder, *options, "--threads", str(THREADS))
    return frames / (_moment(lines, "session-stored") - _moment(lines, "session-started"))


def measure(path: Path, folder: Path, *, runs: int, frames: int) -> dict[str, Spread]:
    """Bare and session in turn, ``runs`` times; the ratio is taken pair by pair."""
    alone, whole = [], []
    for k in range(runs):
        alone.append(bare(path, batch=BATCH, frames=frames)["frames_per_second"])
        place = folder / f"overhead-{k}"
        place.mkdir()
        whole.append(session(path, place, frames=frames))
    return {
        "bare_fps": Spread.of(alone, 0),
        "session_fps": Spread.of(whole, 0),
        "ratio": Spread.of([w / a for w, a in zip(whole, alone, strict=True)]),
    }


def _moment(lines: list[dict[str, Any]], event: str) -> float:
    line = next(line for line in lines if line["event"] == event)
    return datetime.fromisoformat(line["timestamp"]).timestamp()
