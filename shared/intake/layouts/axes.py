"""Which axis of an image is which.

- Three axes of an array are (N, H, W), always.
- Of the axes of a colour image the last is the channels where it has 1, 3 or 4 places and the
  first has not, and the first where it has and the last has not. Where both have, the user is
  asked. The images of a list are judged together.
- Pixels in one row are a square of gray pixels, else three squares one after the other (red,
  green, blue), else the user is asked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.layouts.layout import Layout
from shared.intake.layouts.telling import fail
from shared.intake.limits import CHANNELS, MAX_SIDE

Shape = tuple[int, ...]
_BOTH = "pass --layout NHWC or --layout NCHW"
_FLAT = (
    "say the size of an image, as --layout 20x28, 20x28x3 (interleaved) or 3x20x28 (planes); "
    "one gray image is --layout HW"
)
_RESIZE = "cut or resize the images, or correct the axes by --layout NHW, NHWC or NCHW"
_COLOURS = "give gray, RGB or RGBA; join batches of images by numpy.concatenate"
_RESHAPE = "bring them to one of these by numpy.reshape; of videos give the frames"
_KNOWN = "(H, W), (H, W, C), (C, H, W) or rows of pixels for each image"


@dataclass(frozen=True, slots=True)
class Axes:
    """The axes of all images of a set.

    Args:
        order: where the channels are: "HWC" or "CHW"; without meaning for gray images.
        size: shape of images whose pixels stand in one row; None where it follows from their
            number.
    """

    order: str = "HWC"
    size: Shape | None = None

    def image_shape(self, shape: Shape) -> tuple[int, int, int]:
        """Height, width (pixels) and channels of an image that is stored in this shape."""
        if len(shape) == 1:
            shape = self._row_shape(shape[0])
        if len(shape) == 2:
            return shape[0], shape[1], 1
        first, second, third = shape
        return (second, third, first) if self.order == "CHW" else (first, second, third)

    def streamed(self, block: NDArray[Any]) -> NDArray[Any]:
        """Images of one stored shape, (n, ...), as they are streamed: (n, H, W) or (n, H, W, C).

        One channel is gray, (n, H, W). A view where that is possible.
        """
        if block.ndim == 2:
            block = block.reshape(len(block), *self._row_shape(block.shape[1]))
        if block.ndim == 4 and self.order == "CHW":
            block = np.moveaxis(block, 1, -1)
        return block[..., 0] if block.ndim == 4 and block.shape[3] == 1 else block

    def _row_shape(self, length: int) -> Shape:
        if self.size is not None:
            return self.size
        side = math.isqrt(length)
        if side * side == length:
            return side, side
        side = math.isqrt(length // 3)
        return 3, side, side


def axes_of(
    shapes: Collection[Shape], asked: Layout, tell: Callable[[Shape], str], where: str
) -> Axes:
    """Decide which axis is which, for all images of a set together.

    Args:
        shapes: the shapes in which single images are stored.
        asked: what the user says.
        tell: names an image of a shape in an error: "(3, 28) of image 17".
        where: what to call the file in an error.

    Raises:
        DataError: no axes of images, too many or too few pixels or channels, or two ways to see
            them; the hint says how to tell them apart.
    """
    odd = next((shape for shape in shapes if not 1 <= len(shape) <= 3), None)
    odd = odd if odd is not None else _mixed(shapes)
    if odd is not None:
        fail("wrong shape of images", where, _KNOWN, tell(odd), hint=_RESHAPE)
    order = _asked_order(shapes, asked, tell, where) or _order(shapes, tell, where)
    axes = Axes(order, asked.size)
    for shape in shapes:
        if len(shape) == 1:
            _check_row(axes, shape, tell, where)
        _check(axes.image_shape(shape), tell(shape), where)
    return axes


def is_row_length(length: int) -> bool:
    """Whether so many pixels in a row are a square or three squares."""
    side, third = math.isqrt(length), math.isqrt(length // 3)
    return length in (side * side, 3 * third * third)


def _mixed(shapes: Collection[Shape]) -> Shape | None:
    rows = [shape for shape in shapes if len(shape) == 1]
    return None if len(rows) in (0, len(shapes)) else rows[0]


def _asked_order(
    shapes: Collection[Shape], asked: Layout, tell: Callable[[Shape], str], where: str
) -> str | None:
    """The order that the user asks for; None where that leaves it open."""
    if asked.order is None:
        return None
    stored = [shape for shape in shapes if len(shape) > 1 or asked.size is None]
    fits = asked.size is None and asked.order != "HW"
    wrong = [
        shape
        for shape in stored
        if not (len(shape) == len(asked.order) or (fits and len(shape) == 2))
        or (asked.size is not None and shape != asked.size)
    ]
    if wrong or (fits and all(len(shape) == 2 for shape in stored)):
        words = asked.axes or "x".join(map(str, asked.size or ()))
        odd = (wrong or stored)[0]
        fail(
            "images do not fit the layout", where, f"--layout {words}", tell(odd), hint=_advice(odd)
        )
    return "CHW" if asked.order == "CHW" else "HWC"


def _advice(shape: Shape) -> str:
    return _FLAT if len(shape) == 1 else "leave out --layout, or give the axes of the images"


def _order(shapes: Collection[Shape], tell: Callable[[Shape], str], where: str) -> str:
    if all(len(shape) == 1 for shape in shapes):
        return "CHW"
    colour = [shape for shape in shapes if len(shape) == 3]
    is_last = all(shape[2] in CHANNELS for shape in colour)
    is_first = all(shape[0] in CHANNELS for shape in colour)
    if colour and is_last and is_first:
        expected = "channels either as the first or as the last axis of an image"
        fail("ambiguous axes of images", where, expected, tell(colour[0]), hint=_BOTH)
    if not is_last and not is_first:
        odd = next(
            (shape for shape in colour if shape[0] not in CHANNELS and shape[2] not in CHANNELS),
            colour[0],
        )
        expected = "1, 3 or 4, as the last axis of all images or the first"
        fail("wrong number of channels", where, expected, tell(odd), hint=_COLOURS)
    return "HWC" if is_last else "CHW"


def _check_row(axes: Axes, shape: Shape, tell: Callable[[Shape], str], where: str) -> None:
    if math.prod(axes.image_shape(shape)) != shape[0]:
        expected = "a square or three squares of pixels in each row"
        if axes.size is not None:
            expected = f"{math.prod(axes.size):,} pixels in each row, as --layout says"
        fail("wrong shape of images", where, expected, tell(shape), hint=_FLAT)


def _check(size: tuple[int, int, int], got: str, where: str) -> None:
    height, width, channels = size
    if channels not in CHANNELS:
        fail("wrong number of channels", where, "1, 3 or 4", got, hint=_COLOURS)
    if not all(1 <= side <= MAX_SIDE for side in (height, width)):
        fail("wrong image size", where, f"sides of 1 to {MAX_SIDE} pixels", got, hint=_RESIZE)
