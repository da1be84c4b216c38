"""A child process with a deadline: what it says is collected, and it never outlives its caller."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

CHILD = (sys.executable, "-P", "-m", "producer.intake.child")
MAX_ANSWER_BYTES = 16 * 2**20
"""Of one line."""
MAX_ANSWERS_BYTES = 4 * MAX_ANSWER_BYTES
"""Of all lines."""
MAX_NOISE_BYTES = 4096
_ROOT = Path(__file__).parents[2]
_BLOCK = 2**16
_ALLOWED = re.compile(
    "PATH|LANG|LANGUAGE|LC_.*|TMPDIR|HOME|TZ|LD_LIBRARY_PATH|PYTHON.*|COVERAGE_.*|COV_CORE_.*"
)
_QUIET = {
    "MALLOC_ARENA_MAX": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file|threads;1",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "SILENT",
}


class ChildProcess:
    """One child process; a context manager that leaves none behind.

    Args:
        command: what to run.
        keep: file descriptors that the child inherits.
        answers: the end of a pipe that the child writes lines to; it inherits the other end.
    """

    def __init__(self, command: Sequence[str], *, keep: tuple[int, ...], answers: int) -> None:
        self._answers = answers
        self._line = b""
        self._heard_bytes = 0
        self._noise = b""
        self._stack = ExitStack()
        self._process = self._stack.enter_context(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=keep,
                process_group=0,
                env=child_environment(os.environ),
            )
        )

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill it where it still runs, with whatever it has started, and wait for its end."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(BrokenPipeError):
            self._stack.close()

    def say(self, text: str) -> None:
        """Write a line to its standard input, which stays open: so it knows that we are there.

        The child that is gone already says so by its end.
        """
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(text.encode("ascii") + b"\n")
            self._process.stdin.flush()

    def listen(self, heard: Callable[[bytes], None], deadline: float) -> int:
        """Hand on each line of its answers until it ends.

        Args:
            heard: takes each line.
            deadline: seconds on the monotonic clock.

        Returns:
            Its exit status, negative the signal that ended it.

        Raises:
            TimeoutError: the deadline is over.
            OverflowError: it says more than 64 MiB; as with the deadline, it is killed when its
                context ends.
        """
        assert self._process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            selector.register(self._process.stderr, selectors.EVENT_READ)
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                for key, _ in selector.select(left):
                    self._take(selector, key.fd, heard)
        try:
            return self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    @property
    def last_words(self) -> str:
        """The last line that it wrote to standard error."""
        lines = self._noise.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _take(
        self, selector: selectors.BaseSelector, fd: int, heard: Callable[[bytes], None]
    ) -> None:
        data = os.read(fd, _BLOCK)
        if not data:
            selector.unregister(fd)
        elif fd == self._answers:
            self._hear(data, heard)
        else:
            self._noise = (self._noise + data)[-MAX_NOISE_BYTES:]

    def _hear(self, data: bytes, heard: Callable[[bytes], None]) -> None:
        self._heard_bytes += len(data)
        if self._heard_bytes > MAX_ANSWERS_BYTES:
            raise OverflowError("too many answers")
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            heard(line)
        if len(self._line) > MAX_ANSWER_BYTES:
            self._line = b""


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child that reads users' files: our code, one thread, no secrets."""
    path = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
    own = {name: text for name, text in environment.items() if _ALLOWED.fullmatch(name)}
    return {**own, **_QUIET, "PYTHONPATH": path}
