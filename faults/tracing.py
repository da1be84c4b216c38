"""Faults of the operating system, injected by strace into one process."""

from __future__ import annotations

import functools
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.values import NotPossible

CALLS = ("sendto", "fdatasync")
LOOK_S = 0.005


def injected(call: str, fault: str, when: str) -> list[str]:
    """The command that runs another one with a fault in a system call.

    Args:
        call: its name.
        fault: such as ``signal=KILL`` or ``error=EIO``.
        when: which calls of a thread, as strace counts them: ``3``, ``3+``, ``3..7``.

    Raises:
        NotPossible: there is no strace here, or it may not trace.
    """
    _check_strace()
    inject = f"inject={call}:{fault}:when={when}"
    # A filter in the kernel makes all other calls faster, and loses signals.
    strace = _UNFILTERED if fault.startswith("signal") else _STRACE
    return [*strace, "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]


def recorded(path: Path, calls: str, *, payload: bool = True) -> list[str]:
    """The command that runs another one and writes its system calls to a file.

    Args:
        path: the file.
        calls: their names, with commas between.
        payload: also what was written and sent, byte by byte.

    Raises:
        NotPossible: there is no strace here, or it may not trace.
    """
    _check_strace()
    detail = ["-y", "-xx", "-s", "1000000"] if payload else ["-s", "0"]
    return [*_STRACE, *detail, "-o", str(path), "-e", f"trace={calls}"]


@contextmanager
def injecting(pid: int, calls: str, error: str) -> Iterator[None]:
    """Let these system calls of a running process fail while the block runs.

    Args:
        pid: the process; all its threads.
        calls: their names, with commas between.
        error: such as ``EROFS``.

    Raises:
        NotPossible: there is no strace here, or it may not trace.
    """
    _check_strace()
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    # Without a filter, because none can be given to a process that runs.
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", *inject, "-p", str(pid)])
    try:
        _wait_traced(pid, tracer)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def _wait_traced(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    tasks = Path(f"/proc/{pid}/task")
    while any("TracerPid:\t0\n" in (task / "status").read_text() for task in tasks.iterdir()):
        if tracer.poll() is not None:
            raise NotPossible("strace may not attach to a process on this machine")
        time.sleep(LOOK_S)


def most_calls(path: Path) -> Counter[str]:
    """Of a recording: how often each call was made by the thread that made it most often."""
    made: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        thread, _, rest = line.partition(" ")
        name = rest.strip().partition("(")[0]
        if name.isidentifier():
            made[thread, name] += 1
    most: Counter[str] = Counter()
    for (_, name), count in made.items():
        most[name] = max(most[name], count)
    return most


_UNFILTERED = ("strace", "-f", "-qq")
_STRACE = (*_UNFILTERED, "--seccomp-bpf")


@functools.cache
def _check_strace() -> None:
    if shutil.which("strace") is None:
        raise NotPossible("there is no strace on this machine")
    tried = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=sendto", "true"],
        capture_output=True,
        check=False,
    )
    if tried.returncode:
        raise NotPossible("strace may not trace on this machine")
