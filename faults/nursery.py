"""Starts consumers without their import time: one process has imported all, and forks.

What runs in the fork is the real consumer's own command, in a session and process group of its
own. As a program, this module is that one process; it is told what to do line by line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from faults.sabotage import Sabotage, sabotage
from faults.surroundings import environment

IMPORTED = ("consumer.app", "consumer.cli", "consumer.results.plots", "consumer.results.report")
"""What takes its time to import, and is the same for every consumer."""


class Cub:
    """A consumer that was forked.

    Args:
        nursery: its parent.
        pid: its process, and its process group.
    """

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self._code is None:
            self._code = self._nursery.ask(poll=self.pid)["code"]
        return self._code


class Nursery:
    """The process that forks consumers.

    Args:
        prefix: what to put before its command, such as ``ip netns exec NAME``.
    """

    def __init__(self, prefix: Sequence[str] = ()) -> None:
        self._lock = threading.Lock()
        self._process = _mother([*prefix, sys.executable, "-m", "faults.nursery"])

    def consumer(self, options: Sequence[str], log: Path, harm: Sabotage | None = None) -> Cub:
        """Start ``consumer run`` with these options; its log lines go to ``log``."""
        wish = {"options": ["run", *options], "log": str(log)}
        return Cub(self, int(self.ask(fork=wish | {"harm": harm.plain() if harm else {}})["pid"]))

    def ask(self, **wish: object) -> dict[str, Any]:
        """Send one line and take the answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(wish) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it; consumers that still run are left alone."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _mother(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(OPENBLAS_NUM_THREADS="1"),
    )


def main(wishes: IO[str], answers: IO[str]) -> None:
    """Answer each line until there are no more; returns in the forks as the consumer does."""
    _import_all()
    for line in wishes:
        wish = json.loads(line)
        if "fork" in wish:
            pid = os.fork()
            if not pid:
                _become_consumer(wish["fork"])
                return
            answer: Mapping[str, object] = {"pid": pid}
        else:
            answer = {"code": _code(wish["poll"])}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _code(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _import_all() -> None:
    # Here, so that whoever only talks to a nursery needs no torch.
    for module in IMPORTED:
        import_module(module)


def _become_consumer(wish: Mapping[str, Any]) -> None:
    from consumer.__main__ import main as consumer_main

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for number, place in enumerate((nothing, nothing, log)):
        os.dup2(place, number)
    sys.argv = ["consumer", *wish["options"]]
    if wish["harm"]:
        sabotage(Sabotage(**wish["harm"]))
    consumer_main()


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
