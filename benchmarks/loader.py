"""Reading a user's pickle beside ``pickle.load``: 70,000 images as one array and as pairs.

python -m benchmarks.loader FILE FOLDER: loads one file as the producer does, into a cache in a new
folder, and writes seconds and the child process's peak memory as JSON.
"""

from __future__ import annotations

import json
import mmap
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.spread import Spread
from producer.intake.load import load
from shared.intake.pickles import parse_pickle

COUNT = 70_000
FEW = 2
SIDE = 28


def files(folder: Path) -> dict[str, Path]:
    """A tiny pickle, one array of all images with labels, and a list of (image, label)."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, SIDE, SIDE), dtype=np.uint8)
    labels = rng.integers(0, 10, COUNT).tolist()
    contents = {
        "tiny": images[:FEW],
        "one_array": {"images": images, "labels": labels},
        "pairs": list(zip(images, labels, strict=True)),
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.pkl"
        paths[name].write_bytes(pickle.dumps(content, protocol=4))
    return paths


def seconds(function: Callable[[Path], object], path: Path) -> float:
    """How long a function takes to read a file, without giving back what it made."""
    began = time.perf_counter()
    made = function(path)
    spent = time.perf_counter() - began
    del made
    return spent


def stock(path: Path) -> object:
    """What ``pickle.load`` makes of a file; only for files made here."""
    with path.open("rb") as file:
        return pickle.load(file)


def parsed(path: Path) -> object:
    """What the closed machine makes of a file."""
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return parse_pickle(data, where=path.name)


def loaded(path: Path, folder: Path) -> dict[str, float]:
    """Seconds and peak bytes of loading a file as the producer does, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.loader", str(path), str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(folder: Path, *, runs: int) -> dict[str, Spread]:
    """Ratios to ``pickle.load``, run by run, of the machine alone and of all that loading takes.

    The child process's start, told by a tiny file, is taken off the time and the memory.
    """
    paths = files(folder)
    figures: dict[str, list[float]] = {}
    for k in range(runs):
        tiny = loaded(paths["tiny"], folder / f"tiny-{k}")
        for name in ("one_array", "pairs"):
            path = paths[name]
            plain = seconds(stock, path)
            whole = loaded(path, folder / f"{name}-{k}")
            peak = (whole["peak"] - tiny["peak"]) / path.stat().st_size
            spent = (whole["seconds"] - tiny["seconds"]) / plain
            for key, value in (
                ("pickle_load_s", plain),
                ("parse_ratio", seconds(parsed, path) / plain),
                ("whole_ratio", spent),
                ("peak_memory_per_file", peak),
            ):
                figures.setdefault(f"{name}_{key}", []).append(value)
        figures.setdefault("child_start_s", []).append(tiny["seconds"])
    return {name: Spread.of(values) for name, values in figures.items()}


def main(path: str, folder: str) -> None:
    """Load one file and write the figures to standard output."""
    spent = seconds(lambda path: load(path, cache_dir=Path(folder)), Path(path))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": spent, "peak": peak}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
