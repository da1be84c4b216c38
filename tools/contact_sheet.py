"""Draw a contact sheet of the built-in frames: one row for each class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import structlog
import typer
from numpy.typing import NDArray

from producer.datasets.builtin import builtin_frames
from shared.intake.imageset import ImageSet

log = structlog.get_logger()

ENLARGED = 56
GAP = 4
LABEL_WIDTH = 112
PAPER, INK = 32, 235


def contact_sheet(frames: ImageSet, columns: int) -> NDArray[np.uint8]:
    """Put the first frames of each class side by side, enlarged, with the class name before them.

    Args:
        frames: gray images with labels; at least ``columns`` of each class.
        columns: frames in a row.

    Returns:
        A gray image (H, W) uint8.
    """
    assert frames.labels is not None
    step = ENLARGED + GAP
    shape = (len(frames.classes) * step + GAP, LABEL_WIDTH + columns * step + GAP)
    sheet = np.full(shape, PAPER, np.uint8)
    for row, name in enumerate(frames.classes):
        top = GAP + row * step
        place = (8, top + ENLARGED // 2 + 5)
        cv2.putText(sheet, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
        for column, index in enumerate(np.flatnonzero(frames.labels == row)[:columns]):
            left = LABEL_WIDTH + column * step
            enlarged = cv2.resize(
                frames.image(index), (ENLARGED, ENLARGED), interpolation=cv2.INTER_CUBIC
            )
            sheet[top : top + ENLARGED, left : left + ENLARGED] = enlarged
    return sheet


def main(
    output: Annotated[Path, typer.Option(help="Where the PNG goes.")],
    columns: Annotated[int, typer.Option(min=1, help="Frames of each class.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the frames.")] = 0,
) -> None:
    """Draw the first built-in frames of each class."""
    # Every ten frames hold each class once.
    sheet = contact_sheet(builtin_frames(10 * columns, seed=seed), columns)
    output.write_bytes(cv2.imencode(".png", sheet, (cv2.IMWRITE_PNG_COMPRESSION, 9))[1].tobytes())
    log.info("contact-sheet-written", file=str(output), bytes=output.stat().st_size)


if __name__ == "__main__":
    typer.run(main)
