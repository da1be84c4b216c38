"""How a conversion ends before its time: neither a child process nor a workspace is left."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TERMINATED = 128 + signal.SIGTERM


@contextmanager
def orderly_termination() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that what is open is closed; exit code 143.

    A process that heeds SIGTERM in its own way already goes on doing so, and so does a thread that
    is not the main one, which cannot.
    """
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _kill_itself() -> None:
    """End this process at once, from whichever thread."""
    os.kill(os.getpid(), signal.SIGKILL)


def end_with_parent(stream: int, leave: Callable[[], object] = _kill_itself) -> threading.Thread:
    """End this process, from a thread, as soon as the other end of a pipe is closed.

    The other end closes when the parent does so, and when it is killed. The thread starts at once,
    because a process that has limited itself may start none.

    Args:
        stream: the file descriptor of the pipe; whatever comes from it is dropped.
        leave: ends the process.
    """

    def wait() -> None:
        while os.read(stream, 1):
            pass
        leave()

    thread = threading.Thread(target=wait, name="parent", daemon=True)
    thread.start()
    return thread
