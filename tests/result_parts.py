"""Parts of a session's results for tests: candidates, hostile names, a full disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from consumer.results.selection import Candidate

HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    "$x$",
    "Übergröße 外套",
    "",
    "n" * 200,
    "=cmd|' /C calc'!A0",
    "a\r\nb\x07c\x1b",
    "#123456",
    "</svg></table>&amp;\"'",
)
FULL_DISK = Path("/dev/full")


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    """An image of random pixels."""
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def candidate(
    label: int = 0, *, image: NDArray[np.uint8] | None = None, confidence: float = 0.875
) -> Candidate:
    """A chosen frame: number 5, image 1005 of the data set."""
    pixels = noise(28, 28) if image is None else image
    return Candidate(
        sequence=5, index=1005, label=label, confidence=confidence, image=pixels, priority=0
    )
