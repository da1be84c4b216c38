"""What a decoder written in C says on standard error is caught, not shown."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

_STANDARD_ERROR = 2
_MOST_BYTES = 64 * 1024
_OPENCV = re.compile(r"\[ *(?P<level>[A-Z]+):\d+@[\d.]+\] global \S+ \S+ ")

# One at a time: all threads of a process share its standard error.
_turn: SimpleQueue[None] = SimpleQueue()
_turn.put(None)


@contextmanager
def caught_messages() -> Iterator[list[str]]:
    """Catch what is written to the process's standard error meanwhile, by whatever language.

    libjpeg, libpng and OpenCV write there and offer no other way to know that an image is damaged.

    Yields:
        The lines, complete when the block has ended, without OpenCV's time and place; of more
        than 64 KiB the rest is dropped.
    """
    lines: list[str] = []
    _turn.get()
    try:
        # Where standard error is closed there is nothing to catch.
        if sys.stderr is None:
            yield lines
        else:
            reading, writing = os.pipe()
            os.set_blocking(writing, False)
            kept = os.dup(_STANDARD_ERROR)
            os.dup2(writing, _STANDARD_ERROR)
            os.close(writing)
            try:
                yield lines
            finally:
                os.dup2(kept, _STANDARD_ERROR)
                os.close(kept)
                lines += _plain(os.read(reading, _MOST_BYTES))
                os.close(reading)
    finally:
        _turn.put(None)


def _plain(text: bytes) -> list[str]:
    lines = text.decode("utf-8", "replace").splitlines()
    return [_OPENCV.sub("", line).strip() for line in lines if line.strip()]
