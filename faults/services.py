"""Real services as processes: started, killed, frozen and looked at."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from faults.oracle import Row
from faults.surroundings import Usage, environment, usage
from faults.values import FaultError

PATIENCE_S = 60.0
LOOK_S = 0.01


class Process(Protocol):
    """A process that was started, however."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""


class Service:
    """One running service, the leader of its own process group.

    Args:
        process: of the service.
        log: where its log lines go.
    """

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def usage(self) -> Usage:
        """What it holds now."""
        return usage(self.pid)

    def lines(self) -> list[Row]:
        """Its whole log lines so far."""
        return log_lines(self._log)

    def event(self, name: str, *, within: float = PATIENCE_S) -> Row:
        """Wait for a log line with this event.

        Raises:
            FaultError: it did not come.
        """
        deadline = time.monotonic() + within
        while True:
            ended = self.code is not None
            for line in self.lines():
                if line.get("event") == name:
                    return line
            if ended or time.monotonic() > deadline:
                raise FaultError(f"no event {name} within {within:g} s: {self.lines()[-3:]}")
            time.sleep(LOOK_S)

    def ends_unserved(self, *, within: float = PATIENCE_S) -> bool:
        """Whether a producer ends before it serves; waits until one of the two has happened."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            ended = self.code is not None
            if any(line.get("event") == "serving" for line in self.lines()):
                return False
            if ended:
                return True
            time.sleep(LOOK_S)
        raise FaultError(f"neither served nor ended within {within:g} s")

    def wait(self, within: float = PATIENCE_S) -> int:
        """Wait for its end: its exit code.

        Raises:
            FaultError: it has not ended by then.
        """
        deadline = time.monotonic() + within
        while (code := self.code) is None:
            if time.monotonic() > deadline:
                raise FaultError(f"not ended within {within:g} s: {self.lines()[-3:]}")
            time.sleep(LOOK_S)
        return code

    def send(self, number: int) -> None:
        """Send a signal to its process group; nothing where it has ended."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def kill(self) -> None:
        """End it at once, as a power switch does."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self, within: float = PATIENCE_S) -> int:
        """Ask it to end, and wait for it: its exit code."""
        self.send(signal.SIGTERM)
        return self.wait(within)


def start(command: list[str], log: Path) -> Service:
    """Start a command in a process group of its own; its standard error is appended to ``log``."""
    with log.open("ab") as errors:
        return Service(_spawn(command, errors), log)


def _spawn(command: list[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(
        command,
        stdin=nothing,
        stdout=nothing,
        stderr=errors,
        env=environment(),
        start_new_session=True,
    )


def log_lines(log: Path) -> list[Row]:
    """The whole lines of a log; what is no JSON comes as the event ``not-json``."""
    if not log.exists():
        return []
    text = log.read_text(encoding="utf-8", errors="replace")
    return [_line(line) for line in text[: text.rfind("\n") + 1].splitlines() if line]


def _line(line: str) -> Row:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"event": "not-json", "text": line}
