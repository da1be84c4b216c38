"""What processes are given to do; they import it by its name."""

from __future__ import annotations

import os
import signal
import time

_MARK = "POOL_FUNCTIONS_BEGUN"


def doubled(number: int) -> int:
    """Twice the number."""
    return 2 * number


def doubled_slowly_at_first(number: int) -> int:
    """Twice the number; the first ones take longest."""
    time.sleep(max(0, 20 - number) / 1000)
    return 2 * number


def dies_at_13(number: int) -> int:
    """Twice the number; 13 kills its process."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def raises_at_13(number: int) -> int:
    """Twice the number; 13 raises."""
    if number == 13:
        raise ValueError("unlucky")
    return 2 * number


def begin() -> None:
    """What a process calls first; ``has_begun`` tells."""
    os.environ[_MARK] = "1"


def has_begun(number: int) -> bool:
    """Whether this process called ``begin``; the number does not matter."""
    del number
    return _MARK in os.environ


def process_of(number: int) -> int:
    """Which process is asked; the number does not matter."""
    del number
    return os.getpid()


def sleeps_from_8_on(number: int) -> int:
    """Twice the number; from 8 on not before ten minutes are over."""
    if number >= 8:
        time.sleep(600)
    return 2 * number
