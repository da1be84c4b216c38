"""injected puts a fault into the very system call that was meant."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faults.tracing import CALLS, injected
from faults.values import NotPossible

EIGHT = """
import os, socket, sys, threading

def work():
    descriptor = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
    sender, _ = socket.socketpair()
    for number in range(8):
        print(number, flush=True)
        os.write(descriptor, b"x")
        os.fdatasync(descriptor)
        sender.send(b"x")

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
"""A thread that makes each call eight times, and says before which it is."""


def _run(call: str, fault: str, when: int, file: Path) -> tuple[int, int]:
    """Exit code, and how many calls were begun."""
    try:
        tracer = injected(call, fault, str(when))
    except NotPossible as why:
        pytest.skip(str(why))
    command = [*tracer, sys.executable, "-c", EIGHT, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, len(done.stdout.split())


@pytest.mark.parametrize("when", [1, 3, 8])
@pytest.mark.parametrize("call", CALLS)
def test_a_thread_is_killed_at_the_call_that_was_meant(
    call: str, when: int, tmp_path: Path
) -> None:
    assert _run(call, "signal=KILL", when, tmp_path / "file") == (-signal.SIGKILL, when)


def test_a_call_that_never_comes_kills_nobody(tmp_path: Path) -> None:
    assert _run("fdatasync", "signal=KILL", 9, tmp_path / "file") == (0, 8)


def test_an_error_is_raised_by_the_call_that_was_meant(tmp_path: Path) -> None:
    assert _run("fdatasync", "error=EIO", 3, tmp_path / "file")[1] == 3
