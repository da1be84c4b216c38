"""Images a second of ``consumer inspect`` beside the same measures through plain OpenCV calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.house import BenchmarkError
from benchmarks.spread import Spread

DATA_DIR = "CATWALK_DATA_DIR"
FOLDER = "products"
WORKERS = (1, 2)
GENERATED = 300
_HEIGHT, _WIDTH = 533, 400


def images(folder: Path) -> Path:
    """A folder of photographs: those of the real data where there are any, else made ones."""
    data = os.environ.get(DATA_DIR)
    if data is not None and (Path(data) / FOLDER).is_dir():
        return Path(data) / FOLDER
    made = folder / FOLDER
    made.mkdir(exist_ok=True)
    noise = np.random.default_rng(0)
    for k in range(GENERATED):
        coarse = noise.integers(0, 256, (40, 30, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(made / f"{k}.jpg"), picture)
    return made


def seconds(command: list[str]) -> float:
    """How long a command takes from its start to its end.

    Raises:
        BenchmarkError: it failed.
    """
    began = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise BenchmarkError(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    return time.perf_counter() - began


def measure(folder: Path, *, runs: int) -> dict[str, Spread]:
    """Images a second of whole commands, start included, in turn; ratios pair by pair."""
    source = images(folder)
    plain_report = folder / "plain.json"
    rates: dict[str, list[float]] = {}
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.plain_inspect", str(source), str(plain_report)]
        spent = {"plain": seconds(command)}
        count = len(json.loads(plain_report.read_text(encoding="utf-8")))
        for workers in WORKERS:
            spent[f"workers_{workers}"] = seconds(_inspect(source, folder, workers))
        for name, value in spent.items():
            rates.setdefault(name, []).append(count / value)
    spreads = {f"{name}_images_per_s": Spread.of(values, 1) for name, values in rates.items()}
    for workers in WORKERS:
        pairs = zip(rates[f"workers_{workers}"], rates["plain"], strict=True)
        spreads[f"ratio_{workers}"] = Spread.of([ours / plain for ours, plain in pairs])
    return spreads


def _inspect(source: Path, folder: Path, workers: int) -> list[str]:
    options = ["--workers", str(workers), "--output", str(folder / "inspect.json")]
    return [sys.executable, "-m", "consumer", "inspect", str(source), *options]
