"""Images of a file as blocks of uint8: one array, or a list of arrays, image files or lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.intake.closed.refusal import SAVE_ARRAYS
from shared.intake.layouts.axes import Axes, Shape, axes_of
from shared.intake.layouts.blocks import block_length, blocks_of
from shared.intake.layouts.kinds import encoded_bytes, is_encoded
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.mixed import IMAGES, refuse_mixed, refuse_mixed_dtypes
from shared.intake.layouts.numbers import MAX_NUMBERS, array_of_numbers
from shared.intake.layouts.scale import Scale, scale_of
from shared.intake.layouts.telling import fail, kind_of, path_hint
from shared.intake.limits import CHANNELS, MAX_IMAGES, Limits

Decode = Callable[[bytes, str], NDArray[np.uint8]]
Blocks = Iterator[NDArray[np.uint8]]

_NO_DECODER = "decode the images first and save them as arrays"
_RAW = "only whole image files are taken as bytes; make arrays of raw pixels by numpy.frombuffer"


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """Images that were judged, and are converted block by block.

    Args:
        count: how many there are.
        blocks: makes them: uint8, (n, H, W) or (n, H, W, C), in C order.
        words: what they are stored as.
        warnings: what is done to them, in words.
    """

    count: int
    blocks: Callable[[], Blocks]
    words: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How images are read.

    Args:
        where: what to call the file in an error.
        asked: what the user says.
        decode: makes pixels of an image file and a name for it; None refuses image files.
        limits: how much is taken.
        is_labelled: whether there are labels, which tell how many images there are.
    """

    where: str
    asked: Layout = Layout()
    decode: Decode | None = None
    limits: Limits = Limits()
    is_labelled: bool = False


def pixels_of(images: object, reading: Reading) -> Pixels:
    """Read the images of a file.

    Args:
        images: an array of images, or a list or tuple of arrays, of bytes of image files, of
            dicts with such ``bytes``, or of nested lists of numbers.
        reading: how to.

    Raises:
        DataError: something else, no or too many images, or pixels that cannot be converted.
    """
    file = encoded_bytes(images)
    if file is not None:
        images = [file]
    if isinstance(images, np.ndarray):
        return _of_array(np.asarray(images), reading)
    if not isinstance(images, list | tuple):
        hint = path_hint(images) or SAVE_ARRAYS
        fail("no images found", reading.where, IMAGES, kind_of(images), hint=hint)
    _check_count(len(images), reading)
    return _of_list(images, reading)


def _of_list(images: Sequence[Any], reading: Reading) -> Pixels:
    kinds = set(map(type, images))
    if any(issubclass(kind, Mapping) for kind in kinds):
        images = [image.get("bytes") if isinstance(image, Mapping) else image for image in images]
        kinds = set(map(type, images))
    if kinds <= {bytes, bytearray, memoryview}:
        return _of_files(images, reading)
    if kinds <= {list, tuple}:
        return _of_arrays(_converted(images, reading.where), reading, "lists")
    if all(issubclass(kind, np.ndarray) for kind in kinds):
        if all(encoded_bytes(image) is not None for image in images):
            return _of_files([encoded_bytes(image) for image in images], reading)
        return _of_arrays(images, reading, "arrays")
    refuse_mixed(images, reading.where)


def _check_count(count: int, reading: Reading) -> None:
    most = min(MAX_IMAGES, reading.limits.images)
    if not 1 <= count <= most:
        fail("wrong number of images", reading.where, f"1 to {most:,}", f"{count:,}")


def _check_size(size: int, reading: Reading) -> None:
    most = reading.limits.pixel_bytes
    if size > most:
        fail("too many pixels", reading.where, f"at most {most:,} bytes", f"{size:,}")


def _of_array(array: NDArray[Any], reading: Reading) -> Pixels:
    if array.dtype.kind not in "biuf":
        scale_of({array.dtype}, lambda: (), reading.where)
    if array.ndim < 2:
        expected = "(N, H, W), (N, H, W, C), (N, C, H, W) or rows of pixels"
        hint = "stack the images: numpy.stack(images), or reshape the array to one of these"
        fail("wrong shape of images", reading.where, expected, array.shape, hint=hint)
    asked = reading.asked
    is_single = array.shape == asked.size or (
        asked.axes is not None and asked.axes[0] != "N" and len(asked.axes) == array.ndim
    )
    images = array[None] if is_single else array
    _check_count(len(images), reading)
    shape = images.shape[1:]
    axes = axes_of({shape}, asked, lambda _: str(array.shape), reading.where)
    _check_size(images.size, reading)
    step = block_length(math.prod(shape))

    def raw() -> Iterator[NDArray[Any]]:
        return (images[first : first + step] for first in range(0, len(images), step))

    scale = scale_of({array.dtype}, raw, reading.where)
    words = f"{array.shape} {array.dtype.name}{_as_words(shape, axes)}"
    is_clear = is_single or asked.order is not None or reading.is_labelled
    doubt = () if is_clear else _doubt(array)
    return _judged(len(images), raw, axes, scale, words=words, doubt=doubt)


def _doubt(array: NDArray[Any]) -> tuple[str, ...]:
    """A warning where an array may well be one image."""
    if array.ndim == 3 and array.shape[2] in CHANNELS:
        height, width = array.shape[1:]
        read = f"{len(array)} gray images of {height} x {width}"
        one = "gray" if width == 1 else "colour"
        return (f"an array {array.shape} was read as {read}; one {one} image is --layout HWC",)
    if array.ndim == 3 and array.shape[0] in (3, 4):
        read = f"{len(array)} gray images"
        return (f"an array {array.shape} was read as {read}; one colour image is --layout CHW",)
    if array.ndim == 2 and array.shape[0] == array.shape[1]:
        read = f"{len(array)} images, each a row"
        return (f"an array {array.shape} was read as {read}; one gray image is --layout HW",)
    return ()


def _of_arrays(arrays: Sequence[NDArray[Any]], reading: Reading, kind: str) -> Pixels:
    first_of: dict[Shape, int] = {}
    for place, array in enumerate(arrays):
        if array.shape not in first_of:
            first_of[array.shape] = place
    axes = axes_of(
        first_of, reading.asked, lambda shape: f"{shape} of image {first_of[shape]}", reading.where
    )
    _check_size(sum(array.size for array in arrays), reading)

    def raw() -> Iterator[NDArray[Any]]:
        return blocks_of(arrays)

    dtypes = {array.dtype for array in arrays}
    refuse_mixed_dtypes(arrays, reading.where)
    scale = scale_of(dtypes, raw, reading.where)
    size = str(arrays[0].shape) if len(first_of) == 1 else f"of {len(first_of):,} sizes,"
    names = ", ".join(sorted({dtype.name for dtype in dtypes}))
    like = _as_words(arrays[0].shape, axes) if len(first_of) == 1 else ""
    words = f"{len(arrays):,} {kind} {size} {names}{like}"
    return _judged(len(arrays), raw, axes, scale, words=words)


def _as_words(shape: Shape, axes: Axes) -> str:
    if len(shape) == 2 or (len(shape) == 3 and axes.order == "HWC"):
        return ""
    height, width, channels = axes.image_shape(shape)
    if len(shape) == 3:
        return ", channels first"
    return f" as rows of {height} x {width}" + (f" x {channels}" if channels > 1 else "")


def _judged(
    count: int,
    raw: Callable[[], Iterator[NDArray[Any]]],
    axes: Axes,
    scale: Scale,
    *,
    words: str,
    doubt: tuple[str, ...] = (),
) -> Pixels:
    def blocks() -> Blocks:
        return (np.ascontiguousarray(axes.streamed(scale.apply(block))) for block in raw())

    warnings = (*doubt, scale.warning) if scale.warning else doubt
    return Pixels(count, blocks, words, warnings)


def _of_files(files: Sequence[Any], reading: Reading) -> Pixels:
    wrong = next((place for place, file in enumerate(files) if not is_encoded(file)), None)
    if wrong is not None:
        got = kind_of(files[wrong])
        fail(
            f"image {wrong} is no image file", reading.where, "PNG, JPEG or another", got, hint=_RAW
        )
    decode = reading.decode
    if decode is None:
        fail("image files", reading.where, "arrays of pixels", "bytes", hint=_NO_DECODER)

    def decoded() -> Iterator[NDArray[np.uint8]]:
        size = 0
        for place, file in enumerate(files):
            image = decode(bytes(file), f"{reading.where}, image {place}")
            size += image.size
            _check_size(size, reading)
            yield image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image

    def blocks() -> Blocks:
        return blocks_of(decoded())

    return Pixels(len(files), blocks, f"{len(files):,} image files")


def _converted(images: Sequence[Any], where: str) -> list[NDArray[Any]]:
    left, arrays = MAX_NUMBERS, []
    for place, image in enumerate(images):
        arrays.append(array_of_numbers(image, f"image {place}", where, most=left))
        left -= arrays[-1].size
    return arrays
