"""Made images, to time networks on and to compare their answers where there is no data set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CORNERS = (2, 8)
"""Exponents of |x|^p + |y|^p < 1: of an ellipse, and of nearly a rectangle."""


def made_images(count: int, shape: tuple[int, ...], *, seed: int = 0) -> NDArray[np.uint8]:
    """Bright, shaded, noisy ellipses and rectangles on black.

    Args:
        count: how many, at least 1.
        shape: of one image: (height, width), or (height, width, channels).
        seed: another one gives others.

    Returns:
        uint8 (count, *shape).
    """
    random = np.random.default_rng(seed)

    def between(low: float, high: float) -> NDArray[np.float64]:
        return random.uniform(low, high, (count, 1, 1))

    rows, columns = (np.linspace(-1, 1, side) for side in shape[:2])
    powers = random.choice(_CORNERS, (count, 1, 1))
    down = np.abs(rows[:, None] / between(0.3, 1.0)) ** powers
    across = np.abs(columns / between(0.3, 1.0)) ** powers
    light = between(80, 230) * (1 + rows[:, None] * between(-0.3, 0.3))
    grain = random.normal(0, 1, (count, *shape[:2])) * between(0, 20)
    pixels = np.where(down + across < 1, light + grain, 0)
    gray: NDArray[np.uint8] = pixels.clip(0, 255).astype(np.uint8)
    if len(shape) == 2:
        return gray
    return np.ascontiguousarray(np.broadcast_to(gray[..., None], (count, *shape)))
