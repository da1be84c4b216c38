"""Parts of recordings for tests: a session's frames, and files made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.recording.file import RecordingFile
from shared.recording.manifest import About
from shared.recording.writer import FrameBlock

SESSION = "0123456789abcdef"
CLASSES = ("shoe", "coat", "bag")
T0_NS = 1_700_000_000 * 10**9
ABOUT = About(
    session=SESSION, model="tiny", classes=CLASSES, dataset="test", fps=10.0, delivery="every"
)
GRAY = (3, 4)
MANIFEST: dict[str, Any] = {
    **ABOUT.model_dump(),
    "frames": 10,
    "pixel_bytes": 120,
    "shape": (3, 4, 1),
    "t0_ns": 0,
    "reasons": ("too-large",),
    "digest": "0" * 32,
    "checksums": {},
}


def picture(number: int, shape: Sequence[int] = GRAY) -> NDArray[np.uint8]:
    """The pixels of image ``number``: no two are alike."""
    return np.random.default_rng(number).integers(0, 256, tuple(shape), np.uint8)


def block(first: int, count: int, *, shapes: Sequence[Sequence[int]] = (GRAY,)) -> FrameBlock:
    """Frames a tenth of a second apart, image k + 1000 in frame k, each third without a label.

    Args:
        first: sequence number of the first frame.
        count: how many.
        shapes: of the frames, in turn.
    """
    numbers = np.arange(first, first + count)
    labels = np.where(numbers % 3 == 2, -1, numbers % 3).astype(np.int16)
    return FrameBlock(
        first=first,
        images=[picture(k, shapes[k % len(shapes)]) for k in numbers.tolist()],
        indices=numbers + 1000,
        sent_ns=T0_NS + numbers * 10**8,
        labels=labels,
        confidences=np.where(labels < 0, 0, 0.12344 + numbers / 1000).astype(np.float32),
        reasons={k: "too-large" for k in numbers.tolist() if k % 3 == 2},
    )


def write(
    path: Path,
    count: int = 9,
    *,
    shapes: Sequence[Sequence[int]] = (GRAY,),
    about: About = ABOUT,
    at_once: int = 4,
) -> Path:
    """A file with a recording of ``count`` frames, appended ``at_once`` at a time."""
    with RecordingFile(path, about) as file:
        for first in range(0, count, at_once):
            file.append(block(first, min(at_once, count - first), shapes=shapes))
        file.finish()
    return path
