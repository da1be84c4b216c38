"""Pixels of any plain dtype to uint8, judged over all images before the first is converted.

- uint8 stays as it is; booleans become 0 and 255.
- Integers are taken where all are within 0..255, never wrapped around.
- Floats that are all within 0..1 are multiplied by 255 and rounded; all within 0..255, rounded. A
  largest one of up to 1.001 counts as 1, because resampling overshoots; one of up to 2 is asked
  back, unless all are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.layouts.telling import fail

_BUFFER = 65_536
CONVERT = "scale them to 0..255 and convert them by .astype('uint8')"
_SIXTEEN = "divide 16-bit pixels by 257: (images // 257).astype('uint8')"
_SHIFTED = "undo the normalisation, so that black is 0 and white is 1 or 255"
_UNCLEAR = "bring them to 0..1 by numpy.clip(images, 0, 1), or multiply them by 255"
_OVERSHOOT = 1.001
_UNCLEAR_TO = 2
_DAMAGED = "replace them, for instance by numpy.nan_to_num(images)"
Blocks = Iterable[NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Scale:
    """How all pixels of a set become uint8.

    Args:
        factor: what they are multiplied by.
        warning: that it is done, in words; empty for uint8.
    """

    factor: int = 1
    warning: str = ""

    def apply(self, block: NDArray[Any]) -> NDArray[np.uint8]:
        """Convert pixels that were judged, with no more than some kilobytes beside the result."""
        if block.dtype == np.uint8:
            return block
        if block.dtype.kind != "f":
            pixels = block.astype(np.uint8)
            return np.multiply(pixels, self.factor, out=pixels, casting="unsafe")
        pixels = np.empty(block.shape, np.uint8)
        pieces = np.nditer(
            [block, pixels],
            flags=["external_loop", "buffered"],
            op_flags=[["readonly"], ["writeonly"]],
            op_dtypes=[np.float64, np.uint8],
            casting="unsafe",
            buffersize=_BUFFER,
        )
        with pieces:
            for given, taken in pieces:
                taken[...] = np.minimum(np.rint(given * self.factor), 255)
        return pixels


def scale_of(dtypes: Collection[np.dtype[Any]], blocks: Callable[[], Blocks], where: str) -> Scale:
    """Judge all pixels of a set.

    Args:
        dtypes: the dtypes that occur, plain ones.
        blocks: gives all images, (n, ...) at a time; not called where all are uint8.
        where: what to call the file in an error.

    Raises:
        DataError: a dtype that is no plain number, several kinds of them, a pixel out of range,
            or floats of which it is not clear what is white; the hint says how to convert them.
    """
    names = ", ".join(sorted({dtype.name for dtype in dtypes}))
    kinds = {dtype.kind.replace("u", "i") for dtype in dtypes}
    if len(kinds) != 1 or not kinds <= {"b", "i", "f"}:
        expected = "uint8 for all images" if kinds <= {"b", "i", "f"} else "numbers, best uint8"
        fail("wrong dtype of images", where, expected, names, hint=CONVERT)
    if names == "uint8":
        return Scale()
    if kinds == {"b"}:
        return Scale(255, "pixels of dtype bool were read as 0 and 255")
    low, high = _range(blocks(), where)
    if low < 0 or high > 255:
        hint = _SHIFTED if kinds == {"f"} else CONVERT
        if low >= 0:
            hint = _SIXTEEN if 255 < high < 2**16 and kinds == {"i"} else CONVERT
        place = _place(blocks(), lambda block: (block < 0) | (block > 255))
        _out_of_range(
            place, f"{low:g}..{high:g}" if kinds == {"f"} else f"{low}..{high}", hint, where
        )
    if kinds == {"i"}:
        return Scale(1, f"pixels of dtype {names} in {low}..{high} were converted to uint8")
    return _of_floats(blocks, low, high, f"pixels of dtype {names}", where)


def _of_floats(
    blocks: Callable[[], Blocks], low: float, high: float, words: str, where: str
) -> Scale:
    if high <= 1:
        return Scale(255, f"{words} in 0..1 were multiplied by 255 and rounded")
    if high <= _OVERSHOOT:
        done = "multiplied by 255, rounded and clipped to 255"
        return Scale(255, f"{words} in {low:g}..{high:.8g} were {done}")
    if high <= _UNCLEAR_TO and any((block != np.rint(block)).any() for block in blocks()):
        got = f"{low:g}..{high:g}"
        fail("ambiguous range of pixels", where, "0..1 or 0..255", got, hint=_UNCLEAR)
    return Scale(1, f"{words} in {low:g}..{high:g} were rounded")


def _range(blocks: Blocks, where: str) -> tuple[Any, Any]:
    low, high, first = math.inf, -math.inf, 0
    for block in blocks:
        with np.errstate(invalid="ignore"):
            ends = block.min().item(), block.max().item()
        if not all(math.isfinite(end) for end in ends):
            place = first + _place([block], lambda wrong: ~np.isfinite(wrong))
            fail(f"image {place} has a pixel that is no number", where, "0..255", hint=_DAMAGED)
        low, high, first = min(low, ends[0]), max(high, ends[1]), first + len(block)
    return low, high


def _place(blocks: Blocks, wrong: Callable[[NDArray[Any]], NDArray[np.bool_]]) -> int:
    """The first image with a pixel that is wrong."""
    found = [wrong(block).any(axis=tuple(range(1, block.ndim))) for block in blocks]
    return int(np.argmax(np.concatenate(found)))


def _out_of_range(place: int, got: str, hint: str, where: str) -> None:
    fail(
        f"image {place} has a pixel out of range",
        where,
        "0..255",
        f"{got} over all images",
        hint=hint,
    )
