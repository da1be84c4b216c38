"""Small pictures for the tests of the doctor, all with structure and all different."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from producer.doctor.duplicates import Groups
from producer.doctor.subject import Subject
from producer.doctor.survey import Survey, survey
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages


def pictures(count: int, *, side: int = 48, channels: int = 1, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth random pictures, (count, side, side) or (count, side, side, channels)."""
    shape = (count, 9, 9) if channels == 1 else (count, 9, 9, channels)
    coarse = np.random.default_rng(seed).integers(30, 226, shape, dtype=np.uint8)
    enlarged = [
        cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR) for picture in coarse
    ]
    return np.stack(enlarged).astype(np.uint8)


def image_set(images: Any, labels: Any = None, classes: tuple[str, ...] = ()) -> ImageSet:
    """A set of these images; classes are called "class 0", ... unless named."""
    if labels is None:
        return ImageSet(images)
    truth = np.asarray(labels, np.int64)
    names = classes or tuple(f"class {label}" for label in range(int(truth.max()) + 1))
    return ImageSet(images, truth, names)


def ragged(images: list[NDArray[np.uint8]]) -> RaggedImages:
    """Images of several sizes in one buffer."""
    shapes = [(*image.shape, 1)[:3] for image in images]
    return RaggedImages(
        np.concatenate([image.ravel() for image in images]), np.array(shapes, np.int64)
    )


def groups(*found: tuple[int, ...]) -> Groups:
    """Groups of duplicates with these images."""
    sizes = np.array([len(group) for group in found], np.int64)
    members = np.array([index for group in found for index in group], np.int64)
    return Groups(members, np.cumsum(sizes) - sizes)


def surveyed(images: Any) -> tuple[ImageSet, Survey]:
    """A set without labels and what is seen of it."""
    found = image_set(images)
    return found, survey(found)


def subject(images: ImageSet, **known: Any) -> Subject:
    """A set as if read from a file."""
    return Subject(
        images, **{"name": "my set.npz", "kind": "npz", "layout": "images and labels", **known}
    )


class Steps:
    """A stage that remembers what it was told."""

    def __init__(self) -> None:
        self.told: dict[str, list[int]] = {}

    def __call__(self, name: str, total: int) -> Any:
        """Begin a stage."""
        self.told[name] = [total]
        return self.told[name].append
