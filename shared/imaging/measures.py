"""How good a single image is, in a few numbers that need no second image."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_LUMA = {3: cv2.COLOR_RGB2GRAY, 4: cv2.COLOR_RGBA2GRAY}
_LEVELS = 256


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of one image, all of its luma except saturation.

    Args:
        brightness: mean, 0..255.
        contrast: standard deviation, 0..127.5.
        sharpness: variance of the Laplacian (3 x 3, borders reflected), 0 or more.
        entropy: Shannon entropy of the 256 levels, 0..8 bits.
        saturation: mean of HSV saturation, 0..1; 0 for gray.
        clipped_dark: share of pixels at 0, 0..1.
        clipped_bright: share of pixels at 255, 0..1.

    Source:
        Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study",
        ICPR 2000, for the sharpness.
    """

    brightness: float
    contrast: float
    sharpness: float
    entropy: float
    saturation: float
    clipped_dark: float
    clipped_bright: float


def luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness of each pixel as Rec. 601 weighs the colours, without alpha.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}.

    Returns:
        uint8, (H, W); ``image`` itself where it is gray.
    """
    if image.ndim == 2:
        return image
    code = _LUMA.get(image.shape[2])
    return image[..., 0] if code is None else np.asarray(cv2.cvtColor(image, code), np.uint8)


def measure(image: NDArray[np.uint8], *, gray: NDArray[np.uint8] | None = None) -> Measures:
    """Measure one image.

    Args:
        image: uint8, (H, W), or (H, W, C) in RGB(A) order with C in {1, 3, 4}; not empty.
        gray: its luma, where it is there already.
    """
    gray = np.ascontiguousarray(luma(image) if gray is None else gray)
    mean, deviation = cv2.meanStdDev(gray)
    counts = cv2.calcHist([gray], [0], None, [_LEVELS], [0, _LEVELS]).ravel()
    shares = counts[counts > 0].astype(np.float64) / gray.size
    return Measures(
        brightness=float(mean[0, 0]),
        contrast=float(deviation[0, 0]),
        sharpness=_sharpness(gray),
        # Adding 0 turns the -0 of a single level into 0.
        entropy=float(-(shares * np.log2(shares)).sum()) + 0.0,
        saturation=_saturation(image),
        clipped_dark=float(counts[0]) / gray.size,
        clipped_bright=float(counts[-1]) / gray.size,
    )


def _sharpness(gray: NDArray[np.uint8]) -> float:
    edges = cv2.Laplacian(gray, cv2.CV_16S, ksize=1)
    mean = cv2.sumElems(edges)[0] / edges.size
    # Rounding must not make it negative.
    return max(0.0, cv2.norm(edges, cv2.NORM_L2SQR) / edges.size - mean**2)


def _saturation(image: NDArray[np.uint8]) -> float:
    if image.ndim == 2 or image.shape[2] == 1:
        return 0.0
    colours = np.ascontiguousarray(image[..., :3])
    hsv = cv2.cvtColor(colours, cv2.COLOR_RGB2HSV)
    return float(cv2.mean(hsv)[1]) / 255
