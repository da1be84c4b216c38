"""Lists of which not all are images of one kind, refused by the first that is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.intake.closed.refusal import SAVE_ARRAYS
from shared.intake.layouts.scale import CONVERT
from shared.intake.layouts.telling import fail, kind_of, path_hint

IMAGES = "an array, or a list of arrays, image files or lists of numbers"
"""What is taken, in words."""
_LEAVE_OUT = "leave out what is None"


def refuse_mixed(images: Sequence[object], where: str) -> NoReturn:
    """Raise the DataError that names the first of a list that is no image, or of another kind."""
    first = _family(images[0])
    known = [_family(image) for image in images]
    place = next((k for k, family in enumerate(known) if family is None or family != first), 0)
    hint = path_hint(images[place]) or (_LEAVE_OUT if images[place] is None else SAVE_ARRAYS)
    expected = f"{first}, as the first" if first is not None and place else IMAGES
    fail(f"image {place} is no image", where, expected, kind_of(images[place]), hint=hint)


def refuse_mixed_dtypes(arrays: Sequence[NDArray[Any]], where: str) -> None:
    """DataError naming the first image whose dtype is of another kind than that of the first."""
    first = arrays[0].dtype
    for place, array in enumerate(arrays):
        if array.dtype.kind.replace("u", "i") != first.kind.replace("u", "i"):
            expected = f"{first.name}, as the first"
            what = f"image {place} has another dtype"
            fail(what, where, expected, array.dtype.name, hint=CONVERT)


def _family(image: object) -> str | None:
    if isinstance(image, np.ndarray):
        return "an array"
    if isinstance(image, list | tuple):
        return "a list of numbers"
    return "bytes" if isinstance(image, bytes | bytearray | memoryview) else None
