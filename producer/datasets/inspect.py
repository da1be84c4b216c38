"""Say what an image set holds."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import numpy as np

from shared.intake.imageset import ImageSet


@dataclass(frozen=True, slots=True)
class Description:
    """What an image set holds and how to stream it.

    Args:
        path: the file it was read from.
        layout: axes of the images, "NHW" or "NHWC".
        shape: their sizes.
        dtype: type of the pixels.
        pixel_range: smallest and largest pixel, 0 to 255.
        class_balance: name and number of images of each class; empty without labels.
        digest: BLAKE2b-256 of pixels, labels and class names, in hexadecimal.
        command: the shell command that streams it.
    """

    path: str
    layout: str
    shape: tuple[int, ...]
    dtype: str
    pixel_range: tuple[int, int]
    class_balance: tuple[tuple[str, int], ...]
    digest: str
    command: str


def describe(images: ImageSet, path: str) -> Description:
    """Describe an image set that was read from ``path``."""
    pixels = images.images
    return Description(
        path=path,
        layout=images.layout,
        shape=pixels.shape,
        dtype=str(pixels.dtype),
        pixel_range=(int(pixels.min()), int(pixels.max())),
        class_balance=_class_balance(images),
        digest=images.digest(),
        command=f"producer serve --dataset {shlex.quote(path)}",
    )


def _class_balance(images: ImageSet) -> tuple[tuple[str, int], ...]:
    if images.labels is None:
        return ()
    counts = np.bincount(images.labels, minlength=len(images.classes))
    return tuple((name, int(count)) for name, count in zip(images.classes, counts, strict=True))
