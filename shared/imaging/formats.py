"""Which image formats are read, how each is recognised, and whether a file is all there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.intake.suffixes import IMAGE_SUFFIXES


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format that is read.

    Args:
        name: as Pillow calls it.
        mime: its registered media type, or the usual one.
        suffixes: ends of file names that say this format, in lower case.
        begins: pattern that a file of this format begins with.
    """

    name: str
    mime: str
    suffixes: tuple[str, ...]
    begins: bytes


def _format(name: str, mime: str, begins: bytes) -> ImageFormat:
    return ImageFormat(name, mime, IMAGE_SUFFIXES[name], begins)


FORMATS = (
    _format("BMP", "image/bmp", rb"BM"),
    _format("GIF", "image/gif", rb"GIF8[79]a"),
    _format("JPEG", "image/jpeg", rb"\xff\xd8\xff"),
    _format("JPEG2000", "image/jp2", rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
    _format("PNG", "image/png", rb"\x89PNG\r\n\x1a\n"),
    _format("PPM", "image/x-portable-anymap", rb"P[1-6]\s"),
    _format("TIFF", "image/tiff", rb"II\*\x00|MM\x00\*"),
    _format("WEBP", "image/webp", rb"RIFF....WEBP"),
)
NAMES = tuple(each.name for each in FORMATS)
SUFFIXES = frozenset(suffix for each in FORMATS for suffix in each.suffixes)
LOOKED_AT = 64
"""So many first bytes tell the format."""

_OTHERS = (
    (rb"\Z", "an empty file"),
    (rb"\s*(<!doctype html|<html|<head|<body)", "an HTML page"),
    (rb"\s*(<\?xml|<svg|<!doctype svg)", "SVG or other XML"),
    (rb"%PDF", "a PDF"),
    (rb"....ftyp(avif|avis)", "an AVIF image"),
    (rb"....ftyp(heic|heix|mif1|msf1)", "an HEIC image"),
    (rb"....ftyp", "a video"),
    (rb"\x89HDF|\x93NUMPY|PK\x03\x04|\x80[\x02-\x05]", "an array, an archive or a pickle"),
)


def recognise(start: bytes) -> ImageFormat | None:
    """Tell the format by the first bytes of a file, whatever its name says.

    Args:
        start: at least its first 64 bytes, where it has so many.
    """
    return next((each for each in FORMATS if re.match(each.begins, start, re.DOTALL)), None)


def describe_start(start: bytes) -> str:
    """Say in words what a file is that is no image of a format that is read."""
    head = start[:LOOKED_AT]
    for pattern, words in _OTHERS:
        if re.match(pattern, head, re.DOTALL | re.IGNORECASE):
            return words
    return f"a file that begins with {bytes(head[:8])!r}"


def is_cut(data: bytes, name: str) -> bool:
    """Tell whether a file ends before its format says that it does.

    JPEG, PNG, GIF and WebP say where they end; of other formats only the decoder knows.

    Args:
        data: the whole file.
        name: its format, of ``NAMES``.

    Source:
        ITU-T T.81 B.1, PNG (third edition) 5.3, GIF89a 17 to 27, RFC 9649 2.4.
    """
    ends = _ENDS.get(name)
    return ends is not None and ends(data) > len(data)


def png_chunks(data: bytes, name: bytes) -> Iterator[bytes]:
    """The contents of all chunks of a PNG that have this name.

    Args:
        data: the whole file.
        name: four letters.
    """
    begin = _PNG_SIGNATURE
    for kind, end in _walk_png(data):
        if kind == name:
            yield data[begin + 8 : end - 4]
        begin = end


_NOWHERE = 2**62
_JPEG_SEGMENT = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_JPEG_END = 0xD9
_PNG_SIGNATURE = 8
_PNG_FRAME = 12


def _jpeg_end(data: bytes) -> int:
    place = 2
    # Whatever stands between two segments is coded pixels, in which 255 is followed by 0.
    while found := _JPEG_SEGMENT.search(data, place):
        if found[1][0] == _JPEG_END:
            return found.end()
        place = found.end() + max(2, int.from_bytes(data[found.end() : found.end() + 2], "big"))
    return _NOWHERE


def _png_end(data: bytes) -> int:
    return next((end for kind, end in _walk_png(data) if kind == b"IEND"), _NOWHERE)


def _walk_png(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The name of each chunk and where it ends."""
    place = _PNG_SIGNATURE
    while place + _PNG_FRAME <= len(data):
        kind = data[place + 4 : place + 8]
        place += _PNG_FRAME + int.from_bytes(data[place : place + 4], "big")
        yield kind, place


def _gif_end(data: bytes) -> int:
    place = 13 + _colours(data, 10)
    while place < len(data):
        kind = data[place]
        if kind == 0x3B:
            return place + 1
        # An image has a header, maybe colours, and a byte of its own before its blocks.
        place += 11 + _colours(data, place + 9) if kind == 0x2C else 2 if kind == 0x21 else 1
        while kind in (0x21, 0x2C) and place < len(data) and data[place]:
            place += 1 + data[place]
        place += kind in (0x21, 0x2C)
    return _NOWHERE


def _colours(data: bytes, place: int) -> int:
    """Bytes of the table of colours that the flags at ``place`` announce."""
    flags = data[place] if place < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp_end(data: bytes) -> int:
    return 8 + int.from_bytes(data[4:8], "little")


_ENDS: dict[str, Callable[[bytes], int]] = {
    "GIF": _gif_end,
    "JPEG": _jpeg_end,
    "PNG": _png_end,
    "WEBP": _webp_end,
}
