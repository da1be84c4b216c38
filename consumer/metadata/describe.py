"""From one file to its entry: everything that the JSON says of an image."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from consumer.metadata.exif import read_exif
from consumer.metadata.model import (
    Channel,
    ChannelStatistics,
    Colour,
    Entry,
    Exif,
    Fault,
    ImageMetadata,
    UnreadableImage,
)
from consumer.metadata.reading import read_file, shown_path
from consumer.metadata.stored import StoredForm, stored_form
from consumer.metadata.thresholds import Judged, Thresholds, judge
from shared.errors import CatwalkError, DataError
from shared.imaging.colours import dominant_colours
from shared.imaging.decode import DecodedImage, decode_pixels, streamed_pixels
from shared.imaging.formats import ImageFormat
from shared.imaging.header import (
    opened_header,
    recognised,
    stored_exif,
    stored_orientation,
    stored_size,
    upright_size,
)
from shared.imaging.measures import Measures, luma, measure
from shared.imaging.perceptual import perceptual_hash

MOST_PIXEL_BYTES = 512 * 2**20
ORIENTATION_WORDS = (
    "upright",
    "mirror left to right",
    "turn by 180 degrees",
    "mirror top to bottom",
    "mirror left to right, then turn left by 90 degrees",
    "turn right by 90 degrees",
    "mirror left to right, then turn right by 90 degrees",
    "turn left by 90 degrees",
)
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class _Header:
    kind: ImageFormat
    size: tuple[int, int]
    orientation: int
    frames: int
    form: StoredForm
    exif: Exif | None


def use_one_thread() -> None:
    """Let OpenCV use one thread: of several processes each has an image of its own."""
    cv2.setNumThreads(1)


def describe_file(path: str, thresholds: Thresholds = Thresholds()) -> Entry:
    """Describe one image file; what cannot be read becomes an entry that says why.

    Args:
        path: of the file.
        thresholds: what its flags are judged by.
    """
    data: bytes | None = None
    try:
        data = read_file(path)
        return describe_image(data, path, thresholds)
    except DataError as error:
        return unreadable(path, error, data)


def unreadable(path: str, error: CatwalkError, data: bytes | None = None) -> UnreadableImage:
    """The entry of a file that could not be described.

    Args:
        path: of the file.
        error: why.
        data: the whole file, where it could be read.
    """
    return UnreadableImage(
        **_located(path),
        bytes=None if data is None else len(data),
        sha256=None if data is None else hashlib.sha256(data).hexdigest(),
        error=Fault(
            code=error.code,
            what=error.what,
            expected=None if error.expected is None else str(error.expected),
            got=None if error.got is None else str(error.got),
        ),
    )


def describe_image(data: bytes, path: str, thresholds: Thresholds = Thresholds()) -> ImageMetadata:
    """Describe an image whose bytes are here; decoded once.

    Args:
        data: the whole file.
        path: what it is called.
        thresholds: what its flags are judged by.

    Raises:
        DataError: it is no image, damaged, cut, or too large.
    """
    where = shown_path(path)
    header = _read_header(data, where)
    decoded = decode_pixels(data, header.kind, orientation=header.orientation, where=where)
    pixels = streamed_pixels(decoded.pixels)
    gray = luma(pixels)
    measures = measure(pixels, gray=gray)
    width, height = header.size
    upright = upright_size(width, height, header.orientation)
    entry = ImageMetadata(
        **_located(path),
        bytes=len(data),
        format=header.kind.name,
        mime=header.kind.mime,
        suffix_agrees=PurePath(path).suffix.lower() in header.kind.suffixes,
        width=width,
        height=height,
        upright_width=upright[0],
        upright_height=upright[1],
        **asdict(header.form),
        dtype="uint16" if decoded.pixels.dtype == np.uint16 else "uint8",
        orientation=header.orientation,
        orientation_words=ORIENTATION_WORDS[header.orientation - 1],
        frames=header.frames,
        exif=header.exif,
        sha256=hashlib.sha256(data).hexdigest(),
        perceptual_hash=f"{perceptual_hash(gray):016x}",
        channel_statistics=_statistics(decoded.pixels, header.form),
        **_rounded(measures),
        dominant_colours=tuple(
            Colour(rgb=each.hex, share=round(each.share, _DIGITS))
            for each in dominant_colours(pixels)
        ),
        flags=(),
        thresholds=thresholds,
        warnings=_warnings(decoded, header),
    )
    return entry.model_copy(update={"flags": judge(judged(entry), thresholds)})


def judged(entry: ImageMetadata) -> Judged:
    """What of an entry is compared with thresholds."""
    size = (entry.width, entry.height)
    return Judged(entry.sharpness, entry.brightness, entry.entropy, *size)


def _located(path: str) -> dict[str, Any]:
    whole = shown_path(path)
    raw = os.fsencode(path)
    return {
        "file_name": shown_path(os.path.basename(path)) or whole,
        "path": whole,
        "path_bytes": None if whole.encode() == raw else raw.hex(),
    }


def _rounded(measures: Measures) -> dict[str, Any]:
    return {name: round(value, _DIGITS) for name, value in asdict(measures).items()}


def _read_header(data: bytes, where: str) -> _Header:
    kind = recognised(data, where=where)
    with opened_header(data, kind, where=where) as header:
        form = stored_form(data, header)
        exif = stored_exif(header, data)
        orientation = stored_orientation(exif)
        size = stored_size(header, orientation)
        _check_size(form, size, where)
        return _Header(
            kind=kind,
            size=size,
            orientation=orientation,
            frames=_frames(header),
            form=form,
            exif=read_exif(exif),
        )


def _frames(header: Image.Image) -> int:
    frames: int = getattr(header, "n_frames", 1)
    return max(1, frames)


def _check_size(form: StoredForm, size: tuple[int, int], where: str) -> None:
    width, height = size
    needed = form.decoded_bytes(width, height)
    if not 1 <= needed <= MOST_PIXEL_BYTES:
        expected = f"1 to {MOST_PIXEL_BYTES:,} bytes of pixels"
        got = f"{width} x {height}, {needed:,} bytes"
        raise DataError("image too large", where=where, expected=expected, got=got)


def _statistics(
    pixels: NDArray[np.uint8] | NDArray[np.uint16], form: StoredForm
) -> tuple[ChannelStatistics, ...]:
    planes = cv2.split(pixels)
    if len(planes) == 1:
        named: dict[Channel, int] = {"gray": 0}
    elif form.colour_model == "gray-alpha":
        named = {"gray": 0, "alpha": 3}
    else:
        named = {"red": 2, "green": 1, "blue": 0, "alpha": 3}
    if len(planes) == 3 or form.colour_model == "cmyk":
        named.pop("alpha", None)
    return tuple(_channel(name, planes[k]) for name, k in named.items())


def _channel(name: Channel, plane: Any) -> ChannelStatistics:
    # Plane by plane: of several channels at once OpenCV takes three times as long.
    mean, deviation = cv2.meanStdDev(plane)
    least, most, _, _ = cv2.minMaxLoc(plane)
    return ChannelStatistics(
        channel=name,
        min=int(least),
        max=int(most),
        mean=round(float(mean[0, 0]), _DIGITS),
        deviation=round(float(deviation[0, 0]), _DIGITS),
    )


def _warnings(decoded: DecodedImage, header: _Header) -> tuple[str, ...]:
    first = ("the pixels are the first picture's alone",) if header.frames > 1 else ()
    return decoded.remarks + first
