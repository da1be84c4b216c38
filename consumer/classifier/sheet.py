"""A picture of images with a caption below each."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from shared.errors import StoreError

COLUMNS = 5
_CELL = (2.2, 2.7)
_LONGEST = 24
# A class name is no formula, whatever signs it has.
_STYLE: dict[Any, Any] = {"text.parse_math": False, "font.size": 9.0}


def write_sheet(images: Sequence[NDArray[np.uint8]], captions: Sequence[str], path: Path) -> None:
    """Draw images in rows of five as a PNG.

    Args:
        images: uint8, each (H, W), or (H, W, 3) in RGB order; of any sizes. With none the sheet is
            empty.
        captions: one for each; of each line the first 24 letters are shown.
        path: of the PNG, whatever its suffix.

    Raises:
        StoreError: it cannot be written.
    """
    rows = max(1, ceil(len(images) / COLUMNS))
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(COLUMNS * _CELL[0], rows * _CELL[1]), layout="constrained")
        for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
            axes = figure.add_subplot(rows, COLUMNS, place + 1)
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_axis_off()
            axes.set_title("\n".join(_cut(line) for line in caption.splitlines()))
        try:
            figure.savefig(path, format="png", metadata={"Software": None})
        except OSError as error:
            raise StoreError("cannot write the file", at=path, got=error.strerror) from error


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
