"""What the machine has built so far, and what it may still take."""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.closed.refusal import SAVE_ARRAYS, refuse
from shared.intake.limits import Limits

Buffer = bytes | bytearray | memoryview | mmap
SMALL = 256
"""Payloads of fewer bytes are copied; of larger ones the machine keeps only the place."""
OBJECT_BYTES = 64
_SPARE_BYTES = 2**20
# The name of a class, for each image: "golden retriever" has 16.
_CHARACTERS_AN_IMAGE = 32
_RAISE_MEMORY = "raise the producer's limit with --max-load-mib"


class State:
    """The stacks, the memo and the budgets of one run.

    Large payloads of bytes are ``slice`` objects: the places of the file where they stand.

    Args:
        data: the pickle.
        limits: how much of it is taken.
    """

    __slots__ = (
        "below",
        "characters",
        "frame_end",
        "left",
        "looks",
        "memo",
        "opened",
        "references",
        "source",
        "stack",
        "view",
        "whole",
    )

    source: bytes | mmap | memoryview
    """The file, for single bytes: a view gives them more slowly."""
    view: memoryview
    whole: NDArray[np.uint8]
    stack: list[Any]
    below: list[list[Any]]
    """The stacks under each mark that is set."""
    memo: list[Any]
    opened: list[int]
    """Where in the memo each call's result will be that still waits for its state."""
    left: int
    """Bytes of memory that objects may still take."""
    looks: int
    """Bytes and items that may still be copied or looked through, each as often as it is used."""
    references: int
    """Bytes that may still be handed on, counted as often as they are referred to."""
    characters: int
    """The same of text and bytes shorter than ``SMALL``, which honest files refer to very often."""
    frame_end: int

    def __init__(self, data: Buffer, limits: Limits) -> None:
        self.view = memoryview(data).cast("B").toreadonly()
        self.source = data if isinstance(data, bytes | mmap) else self.view
        self.whole = np.frombuffer(self.view, np.uint8)
        self.stack = []
        self.below = []
        self.memo = []
        self.opened = []
        self.left = limits.memory_bytes
        self.looks = 2 * self.size + _SPARE_BYTES
        self.references = 2 * self.size + _SPARE_BYTES
        self.characters = 2 * self.size + _CHARACTERS_AN_IMAGE * limits.images
        self.frame_end = 0

    @property
    def size(self) -> int:
        """Number of bytes of the file."""
        return len(self.view)

    def charge(self, count: int) -> None:
        """Count ``count`` bytes of memory, and refuse them where they are too many."""
        self.left -= count
        if self.left < 0:
            expected = "no more than its limit"
            refuse("pickle needs too much memory", expected, "more", hint=_RAISE_MEMORY)

    def look_through(self, count: int) -> None:
        """Count ``count`` bytes or items that are looked at now, and refuse too many."""
        self.looks -= count
        if self.looks < 0:
            refuse("pickle uses the same parts too often", "each once", "more", hint=SAVE_ARRAYS)

    def end_of(self, start: int, length: int) -> int:
        """Where a payload ends that begins at ``start``; refuse one that the file does not have."""
        end = start + length
        if end > self.size:
            got = f"{self.size - min(start, self.size):,}"
            refuse("pickle ends too early", f"{length:,} more bytes", got)
        return end


Handler = Callable[[State, int], int]
"""Carries out one operation: takes where its argument begins, gives where the next one begins."""
