"""What the machine has built so far, and what it may still take."""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.closed.refusal import refuse
from shared.intake.limits import Limits

Buffer = bytes | bytearray | memoryview | mmap
SMALL = 256
"""Payloads of fewer bytes are copied; of larger ones the machine keeps only the place."""
OBJECT_BYTES = 64
_SPARE_BYTES = 2**20


class State:
    """The stacks, the memo and the budgets of one run.

    Large payloads of bytes are ``slice`` objects: the places of the file where they stand.

    Args:
        data: the pickle.
        limits: how much of it is taken.
    """

    __slots__ = (
        "below",
        "copies",
        "frame_end",
        "left",
        "memo",
        "opened",
        "references",
        "size",
        "source",
        "stack",
        "view",
        "whole",
    )

    source: bytes | mmap | memoryview
    """The file, for single bytes: a view gives them more slowly."""
    view: memoryview
    whole: NDArray[np.uint8]
    size: int
    stack: list[Any]
    below: list[list[Any]]
    """The stacks under each mark that is set."""
    memo: list[Any]
    opened: list[int]
    """Where in the memo each call's result will be that still waits for its state."""
    left: int
    """Bytes of memory that objects may still take."""
    copies: int
    """Bytes that may still be copied out of text."""
    references: int
    """Bytes that may still be handed on, counted as often as they are referred to."""
    frame_end: int

    def __init__(self, data: Buffer, limits: Limits) -> None:
        self.view = memoryview(data).cast("B").toreadonly()
        self.source = data if isinstance(data, bytes | mmap) else self.view
        self.whole = np.frombuffer(self.view, np.uint8)
        self.size = len(self.view)
        self.stack = []
        self.below = []
        self.memo = []
        self.opened = []
        self.left = limits.memory_bytes
        self.copies = self.size + _SPARE_BYTES
        self.references = 2 * self.size + _SPARE_BYTES
        self.frame_end = 0

    def charge(self, count: int) -> None:
        """Count ``count`` bytes of memory, and refuse them where they are too many."""
        self.left -= count
        if self.left < 0:
            refuse("pickle needs too much memory", "no more than its limit", "more")

    def end_of(self, start: int, length: int) -> int:
        """Where a payload ends that begins at ``start``; refuse one that the file does not have."""
        end = start + length
        if end > self.size:
            got = f"{self.size - min(start, self.size):,}"
            refuse("pickle ends too early", f"{length:,} more bytes", got)
        return end


Handler = Callable[[State, int], int]
"""Carries out one operation: takes where its argument begins, gives where the next one begins."""
