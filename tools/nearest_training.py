"""How near the built-in frames come to training images, beside real images that were held out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import structlog
import typer
from numpy.typing import NDArray

from producer.datasets.builtin import builtin_frames
from tools.train_builtin import HELD_OUT, read_images

log = structlog.get_logger()

BLOCK = 250
QUANTILES = (0.0, 0.01, 0.1, 0.5, 0.9)


def nearest_distances(
    images: NDArray[np.uint8], training: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Distance of each image to the nearest of the training images.

    Args:
        images: (N, 28, 28).
        training: (M, 28, 28).

    Returns:
        (N,) root mean square differences in gray levels.
    """
    theirs = training.reshape(len(training), -1).astype(np.float32)
    squares = (theirs**2).sum(1)
    distances = []
    for first in range(0, len(images), BLOCK):
        ours = images[first : first + BLOCK].reshape(-1, theirs.shape[1]).astype(np.float32)
        nearest = (squares - 2 * ours @ theirs.T).min(1) + (ours**2).sum(1)
        distances.append(np.sqrt(np.maximum(nearest, 0) / theirs.shape[1], dtype=np.float64))
    return np.concatenate(distances)


def main(
    data_dir: Annotated[Path, typer.Option(help="Folder of the official IDX .gz files.")],
    count: Annotated[int, typer.Option(min=1, max=HELD_OUT, help="Images of each kind.")] = 2_000,
) -> None:
    """Compare drawn frames and held-out images with the images that the generator saw."""
    real = read_images(data_dir)
    seen, unseen = real[:-HELD_OUT], real[-HELD_OUT:][:count]
    for name, images in (("built-in", builtin_frames(count).stack), ("held-out", unseen)):
        levels = np.quantile(nearest_distances(images, seen), QUANTILES).round(1)
        fields = {f"q{quantile:.2f}": float(level) for quantile, level in zip(QUANTILES, levels)}
        log.info("nearest-training-image", of=name, count=count, **fields)


if __name__ == "__main__":
    typer.run(main)
