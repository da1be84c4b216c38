"""``make bench``: every measurement, each with median and spread, and one JSON line at the end."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import structlog
import typer

from benchmarks import containers, hot, inspect, latency, loader, overhead, pace, quality, start
from producer.datasets.builtin import builtin_frames
from shared.intake.pickles import dump_pickle
from shared.logs import configure_logging

log = structlog.get_logger()

FEW = 2
MANY = 2048


def main(
    runs: Annotated[int, typer.Option(help="How often each is measured.", min=1)] = 5,
    frames: Annotated[int, typer.Option(help="Frames of an overhead run.", min=64)] = 20_000,
    pace_frames: Annotated[int, typer.Option(help="Frames of a pace run.", min=10)] = 600,
    only: Annotated[
        str,
        typer.Option(
            help="hot, inspect, overhead, latency, loader, pace, quality, start, containers; all: "
            "but the last."
        ),
    ] = "all",
) -> None:
    """Measure on built-in frames; nothing else should run on the machine meanwhile."""
    configure_logging()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = (_pickle(folder, count) for count in (FEW, MANY))
        measurements: dict[str, Callable[[], object]] = {
            "start": lambda: start.measure(small, folder, runs=runs),
            "overhead": lambda: overhead.measure(large, folder, runs=runs, frames=frames),
            "latency": lambda: latency.measure(large, folder, runs=runs),
            "loader": lambda: loader.measure(folder, runs=runs),
            "inspect": lambda: inspect.measure(folder, runs=runs),
            "pace": lambda: pace.measure(small, folder, runs=runs, frames=pace_frames),
            "quality": lambda: quality.measure(large, runs=runs, frames=frames),
            "hot": lambda: hot.measure(large, runs=runs, frames=frames // 5),
            "containers": lambda: containers.measure(folder, runs=runs),
        }
        for key, measure in measurements.items():
            if only == key or (only == "all" and key != "containers"):
                figures[key] = _plain(measure())
                log.info("measured", what=key, figures=figures[key])
    sys.stdout.write(json.dumps(figures) + "\n")


def _pickle(folder: Path, count: int) -> Path:
    path = folder / f"{count}.pickle"
    with path.open("wb") as file:
        dump_pickle(builtin_frames(count, seed=0), file)
    return path


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value.model_dump() if hasattr(value, "model_dump") else value


if __name__ == "__main__":
    typer.run(main)
