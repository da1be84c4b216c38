"""Changes training images at random, so that a network learns what does not matter."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from consumer.classifier.training.recipe import Changes

Random = np.random.Generator
_WHITE = 255.0
_TURN = math.radians(15)
_SCALE = (0.9, 1.1)
_MOVE = 3.0
_NOISE = (3.0, 45.0)
_BLUR = (0.4, 1.6)
_BLUR_SIDE = 7
_QUALITY = (8, 70)
_CONTRAST = (0.25, 1.6)
_BRIGHTNESS = (-50.0, 50.0)
_COVERED = (0.02, 0.33)
_LONGEST = 1.2


def augment(images: Tensor, changes: Changes, random: Random) -> Tensor:
    """Change a batch at random.

    Args:
        images: uint8 (n, 1, H, W); left as they are.
        changes: how many of them are mirrored, corrupted and covered in part.
        random: decides which, and how much.

    Returns:
        float32 (n, 1, H, W), 0..255.
    """
    changed = images.float()
    count = len(images)
    if changes.flip:
        mirrored = torch.from_numpy(random.random(count) < 0.5)
        changed = torch.where(mirrored[:, None, None, None], changed.flip(3), changed)
    for share, change in ((changes.corruption, _corrupt), (changes.erasing, _cover)):
        chosen = torch.from_numpy(np.flatnonzero(random.random(count) < share)) if share else None
        if chosen is not None and len(chosen):
            changed[chosen] = change(changed[chosen], random)
    return changed


def _corrupt(images: Tensor, random: Random) -> Tensor:
    """Each image by one of the corruptions; the first, which counts twice, moves it."""
    kinds = random.integers(0, 1 + len(_CORRUPTIONS), len(images))
    for place, corruption in enumerate(_CORRUPTIONS):
        wanted = (kinds == place) | ((place == 0) & (kinds == len(_CORRUPTIONS)))
        chosen = torch.from_numpy(np.flatnonzero(wanted))
        if len(chosen):
            images[chosen] = corruption(images[chosen], random)
    return images.clamp_(0.0, _WHITE)


def _moved(images: Tensor, random: Random) -> Tensor:
    """Turned, shifted, or both with a change of size."""
    count, side = len(images), max(images.shape[2:])
    kind = random.random(count)
    angles = np.where(kind < 0.35, 0.0, random.uniform(-_TURN, _TURN, count))
    shifts = random.uniform(-_MOVE, _MOVE, (count, 2)) * 2 / side
    shifts[(kind >= 0.35) & (kind < 0.7)] = 0.0
    scales = random.uniform(*_SCALE, count)
    cosines, sines = np.cos(angles) / scales, np.sin(angles) / scales
    rows = [(cosines, -sines, shifts[:, 0]), (sines, cosines, shifts[:, 1])]
    maps = torch.from_numpy(np.stack([np.stack(row, 1) for row in rows], 1)).float()
    grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def _noisy(images: Tensor, random: Random) -> Tensor:
    strengths = _uniform(_NOISE, len(images), random)
    noise = torch.from_numpy(random.standard_normal(images.shape, np.float32))
    return images + noise * strengths


def _relit(images: Tensor, random: Random) -> Tensor:
    middle = _WHITE / 2
    contrasts = _uniform(_CONTRAST, len(images), random)
    return (images - middle) * contrasts + middle + _uniform(_BRIGHTNESS, len(images), random)


def _blurred(images: Tensor, random: Random) -> Tensor:
    def blur(image: NDArray[np.float32]) -> object:
        return cv2.GaussianBlur(image, (_BLUR_SIDE, _BLUR_SIDE), random.uniform(*_BLUR))

    return _each(images, blur)


def _compressed(images: Tensor, random: Random) -> Tensor:
    def compress(image: NDArray[np.float32]) -> object:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(*_QUALITY))]
        whole = np.clip(image, 0, _WHITE).astype(np.uint8)
        return cv2.imdecode(cv2.imencode(".jpg", whole, quality)[1], cv2.IMREAD_GRAYSCALE)

    return _each(images, compress)


def _cover(images: Tensor, random: Random) -> Tensor:
    """A rectangle of each image, by noise or by one gray.

    Source:
        Zhong et al., "Random Erasing Data Augmentation", AAAI 2020.
    """
    height, width = images.shape[2:]
    for image in images[:, 0]:
        area = random.uniform(*_COVERED) * height * width
        stretch = math.exp(random.uniform(-_LONGEST, _LONGEST))
        tall = min(height - 1, max(1, round(math.sqrt(area * stretch))))
        wide = min(width - 1, max(1, round(math.sqrt(area / stretch))))
        top, left = random.integers(0, height - tall + 1), random.integers(0, width - wide + 1)
        cover = random.uniform(0, _WHITE, (tall, wide) if random.random() < 0.5 else (1, 1))
        image[top : top + tall, left : left + wide] = torch.from_numpy(cover.astype(np.float32))
    return images


def _each(images: Tensor, change: Callable[[NDArray[np.float32]], object]) -> Tensor:
    changed = [np.asarray(change(image[0]), np.float32) for image in images.numpy()]
    return torch.from_numpy(np.stack(changed)[:, None])


def _uniform(span: tuple[float, float], count: int, random: Random) -> Tensor:
    return torch.from_numpy(random.uniform(*span, (count, 1, 1, 1)).astype(np.float32))


_CORRUPTIONS: tuple[Callable[[Tensor, Random], Tensor], ...] = (
    _moved,
    _noisy,
    _relit,
    _blurred,
    _compressed,
)
