"""What a value looks like, at a glance: an image, a label, or a whole column of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from shared.intake.limits import CHANNELS

_MAGICS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  ",
)
_LEAST_BYTES = 26
_PART = 65_536


def is_encoded(value: object) -> TypeGuard[bytes | bytearray | memoryview]:
    """Whether these are the bytes of an image file: PNG, JPEG, GIF, TIFF, JPEG 2000, WebP, BMP."""
    if not isinstance(value, bytes | bytearray | memoryview) or len(value) < _LEAST_BYTES:
        return False
    start = bytes(value[:_LEAST_BYTES])
    is_bmp = start.startswith(b"BM") and start[6:10] == bytes(4)
    is_webp = start.startswith(b"RIFF") and start[8:12] == b"WEBP"
    return start.startswith(_MAGICS) or is_bmp or is_webp


def encoded_bytes(value: object) -> memoryview | None:
    """The image file in an array of its bytes, as ``cv2.imencode`` gives it; None if it is none."""
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8 or value.ndim not in (1, 2):
        return None
    if value.size != len(value):
        return None
    data = value.reshape(-1).data
    return data if is_encoded(data) else None


def is_numeric(value: object) -> TypeGuard[NDArray[Any]]:
    """Whether this is an array of numbers or booleans with at least one axis."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.ndim >= 1


def is_image(value: object) -> bool:
    """Whether this may be one image: an array, an image file, a dict with one, or nested lists."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and isinstance(value[0], int | float | np.number | list | tuple)
    is_file = isinstance(value, Mapping) and "bytes" in value
    return is_file or is_numeric(value) or is_encoded(value)


def is_images(value: object) -> bool:
    """Whether these may be several images, by the axes of an array or the first of a list."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and is_image(value[0])
    return is_numeric(value) and value.ndim >= 2


def is_label(value: object) -> bool:
    """Whether this may be one label: a number or text."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    if isinstance(value, bytes):
        return not is_encoded(value)
    return isinstance(value, int | float | str | np.generic)


def is_one_hot(array: NDArray[Any]) -> bool:
    """Whether each row of (N, K) numbers holds a single 1 and else 0."""
    if array.ndim != 2 or not array.size or array.dtype.kind not in "biuf":
        return False
    parts = (array[start : start + _PART] for start in range(0, len(array), _PART))
    return all(
        bool(((part != 0).sum(axis=1) == 1).all() and (part.max(axis=1) == 1).all())
        for part in parts
    )


def is_pair(value: object) -> bool:
    """Whether this is (images, labels): labels are numbers or text in a row, or one-hot."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not is_images(value[0]):
        return False
    images, labels = value
    if isinstance(labels, list | tuple):
        return not labels or is_label(labels[0]) or _is_column(images, labels)
    if not isinstance(labels, np.ndarray):
        return False
    if labels.shape == (1, len(images)) and labels.dtype.kind in "biuSU":
        return getattr(images, "ndim", 3) > 2
    if labels.ndim != 2 or len(labels) != len(images):
        return labels.ndim == 1
    # Two images of the same height may stand in a list of two, too.
    is_other = getattr(images, "shape", None) != labels.shape
    return is_other and (labels.shape[1] == 1 or is_one_hot(labels))


def may_be_one_image(value: object) -> bool:
    """Whether an array of several images by its axes may as well be one, gray or colour."""
    if not is_numeric(value):
        return False
    return value.ndim < 3 or (value.ndim == 3 and value.shape[2] in CHANNELS)


def _is_column(images: Any, labels: list[Any] | tuple[Any, ...]) -> bool:
    """Whether the first of so many labels is [3] or one-hot, where nothing else is a list."""
    first = labels[0]
    if len(labels) != len(images) or (
        isinstance(images, list | tuple) and isinstance(images[0], list | tuple)
    ):
        return False
    if isinstance(first, np.ndarray) and first.ndim == 1:
        first = first.tolist()
    if not isinstance(first, list | tuple) or not all(is_label(item) for item in first):
        return False
    return len(first) == 1 or (first.count(1) == 1 and first.count(0) == len(first) - 1)


def is_row(value: object) -> bool:
    """Whether this is one (image, label)."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return False
    return is_image(value[0]) and is_label(value[1])
