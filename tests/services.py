"""Starts the real services as processes on free ports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared.intake.catalog import CATALOG
from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle

PATIENCE_S = 60.0


@dataclass(frozen=True)
class RunningProducer:
    """A producer process that serves, with its ledger and log in one folder."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    session_port: int

    @property
    def address(self) -> str:
        """What a consumer needs to find it."""
        return f"ws://127.0.0.1:{self.session_port}"

    def log(self) -> list[dict[str, Any]]:
        """Its log lines so far."""
        return log_lines((self.folder / "producer.log").read_text(encoding="utf-8"))


def log_lines(text: str) -> list[dict[str, Any]]:
    """Whole log lines as dictionaries; anything else in the text makes this fail."""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a service: this one's without its settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CATWALK_")}
    return {**kept, **changes}


def write_pickle(path: Path, images: ImageSet) -> Path:
    """A data set file."""
    with path.open("wb") as file:
        dump_pickle(images, file)
    return path


def random_images(count: int, *, shape: tuple[int, ...] = (28, 28), seed: int = 0) -> ImageSet:
    """Noise with labels of ten classes that are named as the shipped model's."""
    chance = np.random.default_rng(seed)
    return ImageSet(
        images=chance.integers(0, 256, (count, *shape), np.uint8),
        labels=chance.integers(0, 10, count),
        classes=CATALOG["fashion-mnist"].classes,
    )


@contextmanager
def producer(folder: Path, *options: str) -> Iterator[RunningProducer]:
    """Serve until the block ends; killed then, if it still runs."""
    command = [sys.executable, "-m", "producer", "serve", "--port", "0", "--session-port", "0"]
    command += ["--store", f"sqlite:///{folder}/ledger.db", *options]
    with (folder / "producer.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env=environment())
    try:
        serving = _wait_until_serving(process, folder / "producer.log")
        yield RunningProducer(process, folder, serving["port"], serving["session_port"])
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_S)
    finally:
        process.kill()
        process.wait()


def start_consumer(address: str, folder: Path, *options: str) -> subprocess.Popen[str]:
    """Begin to play one session; results in ``folder``."""
    command = [sys.executable, "-m", "consumer", "run", "--producer", address]
    command += ["--output", str(folder), *options]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())


def finish(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    """Wait for a consumer's end: its exit code and its log lines."""
    _, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, log_lines(errors)


def wait_for_event(running: RunningProducer, event: str) -> dict[str, Any]:
    """The first line with this event in the producer's log; fails when it does not come."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for line in running.log():
            if line["event"] == event:
                return line
        time.sleep(0.02)
    raise AssertionError(f"no event {event} in {running.log()}")


def _wait_until_serving(process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for line in log_lines(log.read_text(encoding="utf-8")):
            if line["event"] == "serving":
                return line
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"the producer does not serve: {log.read_text(encoding='utf-8')}")
