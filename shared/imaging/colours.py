"""The few colours that an image mostly consists of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_COLOURS = 5
SAMPLE_SIDE = 32
"""At most so many rows and columns are looked at."""
_PLACES = np.array([65536, 256, 1], np.uint32)
_CRITERIA = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)


@dataclass(frozen=True, slots=True)
class DominantColour:
    """One colour and how much of the image it stands for.

    Args:
        red, green, blue: 0..255.
        share: of the pixels that were looked at, above 0, at most 1.
    """

    red: int
    green: int
    blue: int
    share: float

    @property
    def hex(self) -> str:
        """As ``#rrggbb``."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


def dominant_colours(
    image: NDArray[np.uint8], *, most: int = MOST_COLOURS, seed: int = 0
) -> tuple[DominantColour, ...]:
    """Group the pixels of a regular sub-sample by k-means.

    Each group is one colour, its mean. Pixels whose alpha is 0 are not seen and do not count,
    unless all are so. Where there are no more colours than groups each is given as it is.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}; not empty.
        most: number of groups, 1 or more.
        seed: of the first centres.

    Returns:
        The colours, the largest share first.

    Source:
        D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    sample = _sample(image)
    # As one number each, because to sort rows takes longer than all the rest.
    numbers, counts = np.unique(sample @ _PLACES, return_counts=True)
    colours = (numbers[:, None] // _PLACES % 256).astype(np.uint8)
    if len(colours) > most:
        colours, counts = _clusters(sample, most, seed)
    shares = counts / counts.sum()
    order = np.argsort(-shares, kind="stable")
    return tuple(_colour(colours[k], shares[k]) for k in order if counts[k])


def _sample(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = (math.ceil(side / SAMPLE_SIDE) for side in image.shape[:2])
    grid = image[rows // 2 :: rows, columns // 2 :: columns]
    pixels = grid.reshape(-1, 1 if image.ndim == 2 else image.shape[2])
    if pixels.shape[1] == 1:
        return np.repeat(pixels, 3, axis=1)
    seen = pixels[pixels[:, 3] > 0] if pixels.shape[1] == 4 else pixels
    return (seen if len(seen) else pixels)[:, :3]


def _clusters(
    sample: NDArray[np.uint8], most: int, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    cv2.setRNGSeed(seed)
    points = sample.astype(np.float32)
    groups = np.empty((len(points), 1), np.int32)
    _, found, centres = cv2.kmeans(points, most, groups, _CRITERIA, 1, cv2.KMEANS_PP_CENTERS)
    counts = np.bincount(np.asarray(found).ravel(), minlength=most)
    return np.rint(np.asarray(centres)).astype(np.uint8), counts


def _colour(colour: NDArray[np.uint8], share: float) -> DominantColour:
    red, green, blue = (int(value) for value in colour)
    return DominantColour(red, green, blue, float(share))
