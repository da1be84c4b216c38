"""Starts the real services as processes, the way a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOP_S = 15.0


class BenchmarkError(Exception):
    """A service did not do what the measurement needs; the message ends with its last lines."""


@dataclass(frozen=True, slots=True)
class RunningProducer:
    """A producer that serves.

    Args:
        pid: its process.
        session_port: where its session channel is.
    """

    pid: int
    session_port: int

    @property
    def address(self) -> str:
        """The address that a consumer needs."""
        return f"ws://127.0.0.1:{self.session_port}"


def log_lines(text: str) -> list[dict[str, Any]]:
    """The whole JSON log lines of a service's standard error; other lines are left out."""
    whole = text[: text.rfind("\n") + 1].splitlines()
    return [json.loads(line) for line in whole if line.startswith("{")]


@contextmanager
def producer(folder: Path, *options: str) -> Iterator[RunningProducer]:
    """Serve on free ports with a ledger in ``folder`` until the block ends.

    Raises:
        BenchmarkError: it ended before it served.
    """
    log = folder / "producer.log"
    command = [sys.executable, "-m", "producer", "serve", "--port", "0", "--session-port", "0"]
    command += ["--store", f"sqlite:///{folder}/ledger.db", *options]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stderr=errors, env=environment())
        try:
            yield RunningProducer(process.pid, _session_port(process, log))
        finally:
            process.terminate()
            process.wait(STOP_S)


def consumer(address: str, folder: Path, *options: str) -> tuple[Path, list[dict[str, Any]]]:
    """Play one session and wait for its end.

    Returns:
        The session's folder of results, and the consumer's log lines.

    Raises:
        BenchmarkError: the balance sheet did not say PASS.
    """
    command = [sys.executable, "-m", "consumer", "run", "--producer", address]
    command += ["--output", str(folder), *options]
    ended = subprocess.run(
        command, stderr=subprocess.PIPE, text=True, env=environment(), check=False
    )
    if ended.returncode:
        raise BenchmarkError(f"the consumer ended with {ended.returncode}: {ended.stderr[-2000:]}")
    lines = log_lines(ended.stderr)
    session = next(line["session"] for line in lines if line["event"] == "session-started")
    return folder / session, lines


def _session_port(process: subprocess.Popen[bytes], log: Path) -> int:
    while True:
        for line in log_lines(log.read_text(encoding="utf-8")):
            if line["event"] == "serving":
                return int(line["session_port"])
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise BenchmarkError(f"the producer ended: {log.read_text(encoding='utf-8')[-2000:]}")


def environment() -> dict[str, str]:
    """The environment of a service: this one's without its settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CATWALK_")}
