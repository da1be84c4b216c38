"""How long the commands take to answer, and what a producer weighs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.house import producer
from benchmarks.spread import Spread


def help_seconds(room: str) -> float:
    """Seconds until ``--help`` of a command has answered."""
    began = time.perf_counter()
    command = [sys.executable, "-m", room, "--help"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10**6 bytes); Linux only."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"expected VmRSS in the status of process {pid}")


def measure(path: Path, folder: Path, *, runs: int) -> dict[str, Spread]:
    """``--help`` of both commands, seconds; resident memory of a producer that serves, MB."""
    memory = []
    for k in range(runs):
        place = folder / f"start-{k}"
        place.mkdir()
        with producer(place, "--dataset", str(path)) as running:
            memory.append(resident_mb(running.pid))
    return {
        "producer_help_s": Spread.of([help_seconds("producer") for _ in range(runs)]),
        "consumer_help_s": Spread.of([help_seconds("consumer") for _ in range(runs)]),
        "producer_resident_mb": Spread.of(memory, 1),
    }
