"""What happens to images on their way to a classifier, in measured doses.

Shifted and turned images are filled up with black (0): garments and digits lie on black, so that
it stands for more of the same background; repeating the border would smear what touches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError, SettingsError

Corruption = Literal["shift", "rotation", "noise", "blur", "contrast", "brightness", "jpeg"]
Images = NDArray[np.uint8]
Random = np.random.Generator
Strength = tuple[float, ...]

KINDS: tuple[Corruption, ...] = get_args(Corruption)
SEVERITIES = (1, 2, 3, 4, 5)
REFERENCE_SIDE = 28
"""Lengths are meant for images of this side in pixels; on larger ones they grow with it."""

_WHITE = 255
_GRAY, _COLOUR = 3, 4


@dataclass(frozen=True, slots=True)
class Change:
    """One way to corrupt images.

    Args:
        what: what is done, in words.
        unit: what the strengths are.
        strengths: of severities 1 to 5.
        apply: gives changed images (n, H, W[, 3]) for images, a strength and a source of chance.
    """

    what: str
    unit: str
    strengths: tuple[Strength, Strength, Strength, Strength, Strength]
    apply: Callable[[Images, Strength, Random], Images]


def corrupt(images: Images, kind: Corruption, severity: int, seed: int | tuple[int, ...]) -> Images:
    """Corrupt each image by itself; the size stays.

    Directions and signs are drawn anew for each image, and are the same at all severities.

    Args:
        images: uint8, (n, H, W), or (n, H, W, 3) in RGB order; left as they are.
        kind: a name in ``CORRUPTIONS``.
        severity: 1..5.
        seed: of all chance, not negative.

    Returns:
        uint8, of the same shape, in a new array.

    Raises:
        DataError: images of another shape or dtype.
        SettingsError: an unknown kind or severity.

    Source:
        Hendrycks, Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
        Perturbations", ICLR 2019: the kinds, and severities 1 to 5; strengths are chosen for
        images of 28 x 28 pixels.
    """
    _check(images, kind, severity)
    random = np.random.default_rng(
        (KINDS.index(kind), *(seed if isinstance(seed, tuple) else [seed]))
    )
    change = CORRUPTIONS[kind]
    return change.apply(images, change.strengths[severity - 1], random)


def _check(images: Images, kind: str, severity: int) -> None:
    if kind not in CORRUPTIONS:
        raise SettingsError("unknown corruption", expected=" or ".join(KINDS), got=kind)
    if severity not in SEVERITIES:
        raise SettingsError(
            "value out of range", where="severity of a corruption", expected="1..5", got=severity
        )
    good = images.ndim == _GRAY or (images.ndim == _COLOUR and images.shape[3] == 3)
    if images.dtype != np.uint8 or not good or images.size == 0:
        raise DataError(
            "wrong batch of images",
            where=f"corruption {kind}",
            expected="uint8 (N, H, W) or (N, H, W, 3)",
            got=f"{images.dtype} {images.shape}",
        )


def _shift(images: Images, strength: Strength, random: Random) -> Images:
    pixels = np.rint(np.multiply(strength, _scale(images))).astype(int)
    signs = random.choice((-1, 1), (len(images), 2))
    turned = random.random(len(images)) < 0.5
    moves = signs * np.where(turned[:, None], pixels[::-1], pixels)
    matrices = [np.array([[1, 0, right], [0, 1, down]], np.float32) for right, down in moves]
    return _warped(images, matrices, cv2.INTER_NEAREST)


def _rotate(images: Images, strength: Strength, random: Random) -> Images:
    height, width = images.shape[1:3]
    centre = ((width - 1) / 2, (height - 1) / 2)
    signs = random.choice((-1, 1), len(images))
    matrices = [cv2.getRotationMatrix2D(centre, sign * strength[0], 1.0) for sign in signs]
    return _warped(images, matrices, cv2.INTER_CUBIC)


def _add_noise(images: Images, strength: Strength, random: Random) -> Images:
    noise = random.standard_normal(images.shape, np.float32) * np.float32(strength[0])
    return _as_pixels(images + noise)


def _blur(images: Images, strength: Strength, _random: Random) -> Images:
    sigma = strength[0] * _scale(images)
    blurred = [
        cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT) for image in images
    ]
    return _stacked(blurred)


def _reduce_contrast(images: Images, strength: Strength, _random: Random) -> Images:
    means = images.mean((1, 2), keepdims=True, dtype=np.float32)
    return _as_pixels(means + np.float32(strength[0]) * (images - means))


def _change_brightness(images: Images, strength: Strength, random: Random) -> Images:
    signs = random.choice((-1, 1), len(images)).astype(np.float32)
    offsets = (signs * np.float32(strength[0])).reshape(-1, *[1] * (images.ndim - 1))
    return _as_pixels(images + offsets)


def _compress(images: Images, strength: Strength, _random: Random) -> Images:
    options = (cv2.IMWRITE_JPEG_QUALITY, int(strength[0]))
    reading = cv2.IMREAD_GRAYSCALE if images.ndim == _GRAY else cv2.IMREAD_COLOR
    # OpenCV takes and gives blue first. A mere view of another order is not taken everywhere.
    blue_first = np.ascontiguousarray(images[..., ::-1]) if images.ndim == _COLOUR else images
    coded = [cv2.imencode(".jpg", image, options)[1] for image in blue_first]
    decoded = _stacked([cv2.imdecode(data, reading) for data in coded])
    return decoded if images.ndim == _GRAY else np.ascontiguousarray(decoded[..., ::-1])


CORRUPTIONS: Mapping[Corruption, Change] = MappingProxyType(
    {
        "shift": Change(
            "moved along one side and along the other, in any of the directions",
            "whole pixels",
            ((1, 0), (1, 1), (2, 0), (2, 1), (2, 2)),
            _shift,
        ),
        "rotation": Change(
            "turned about its centre, to the left or to the right, by cubic interpolation",
            "degrees",
            ((2,), (4,), (6,), (8,), (10,)),
            _rotate,
        ),
        "noise": Change(
            "Gaussian noise added to each pixel",
            "standard deviation, of 255",
            ((8,), (16,), (24,), (32,), (40,)),
            _add_noise,
        ),
        "blur": Change(
            "Gaussian blur",
            "standard deviation, in pixels",
            ((0.4,), (0.6,), (0.8,), (1.0,), (1.2,)),
            _blur,
        ),
        "contrast": Change(
            "differences from its mean made smaller",
            "factor",
            ((0.8,), (0.65,), (0.5,), (0.35,), (0.2,)),
            _reduce_contrast,
        ),
        "brightness": Change(
            "all pixels brighter, or all darker",
            "levels, of 255",
            ((12,), (24,), (36,), (48,), (60,)),
            _change_brightness,
        ),
        "jpeg": Change(
            "compressed as JPEG",
            "quality, of 100",
            ((70,), (50,), (35,), (20,), (10,)),
            _compress,
        ),
    }
)
"""What each corruption does, how strongly at each severity, and in which unit."""


def _scale(images: Images) -> float:
    shorter: int = min(images.shape[1:3])
    return max(1.0, shorter / REFERENCE_SIDE)


def _warped(images: Images, matrices: list[NDArray[Any]], interpolation: int) -> Images:
    size = (images.shape[2], images.shape[1])
    pairs = zip(images, matrices, strict=True)
    return _stacked([cv2.warpAffine(*pair, size, flags=interpolation) for pair in pairs])


def _stacked(images: list[Any]) -> Images:
    return np.asarray(np.stack(images), np.uint8)


def _as_pixels(values: NDArray[np.float32]) -> Images:
    return np.clip(np.rint(values), 0, _WHITE).astype(np.uint8)
