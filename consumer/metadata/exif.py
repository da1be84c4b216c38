"""The few EXIF fields that matter, from headers that may say anything."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from PIL import Image

from consumer.metadata.model import Exif, Position
from shared.imaging.header import READING_ERRORS

MOST_CHARACTERS = 200
_MAKE, _MODEL, _CHANGED = 0x010F, 0x0110, 0x0132
_EXIF, _GPS = 0x8769, 0x8825
_EXPOSURE, _F_NUMBER, _ISO, _TAKEN, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x9003, 0x920A
_LATITUDE, _LONGITUDE = (1, 2), (3, 4)
_MOST_ISO = 10_000_000

_Fields = dict[int, Any]


def read_exif(stored: Image.Exif) -> Exif | None:
    """Give the fields that matter; None where there are none of them.

    A field that cannot be read is as if it were not there.

    Args:
        stored: as Pillow has found it.

    Source:
        EXIF 2.32.
    """
    image = _fields(stored, None)
    camera, gps = _fields(stored, _EXIF), _fields(stored, _GPS)
    exif = Exif(
        make=_text(image.get(_MAKE)),
        model=_text(image.get(_MODEL)),
        taken=_moment(_text(camera.get(_TAKEN, image.get(_CHANGED)))),
        exposure_s=_number(camera.get(_EXPOSURE)),
        f_number=_number(camera.get(_F_NUMBER)),
        iso=_sensitivity(camera.get(_ISO)),
        focal_length_mm=_number(camera.get(_FOCAL_LENGTH)),
        position=_position(gps),
    )
    return exif if any(value is not None for _, value in exif) else None


def _fields(stored: Image.Exif, part: int | None) -> _Fields:
    try:
        return dict(stored if part is None else stored.get_ifd(part))
    except READING_ERRORS:
        return {}


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    shown = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(shown.split())[:MOST_CHARACTERS] or None


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return text


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except READING_ERRORS:
        return None
    return round(number, 9) if math.isfinite(number) and number > 0 else None


def _sensitivity(value: Any) -> int | None:
    number = _number(value[0] if isinstance(value, tuple) and value else value)
    return round(number) if number is not None and 1 <= number <= _MOST_ISO else None


def _position(gps: _Fields) -> Position | None:
    latitude = _degrees(gps, _LATITUDE, "N", "S", most=90)
    longitude = _degrees(gps, _LONGITUDE, "E", "W", most=180)
    if latitude is None or longitude is None:
        return None
    return Position(latitude=latitude, longitude=longitude)


def _degrees(
    gps: _Fields, tags: tuple[int, int], positive: str, negative: str, *, most: int
) -> float | None:
    signs = {positive: 1, negative: -1}
    sign = signs.get(_text(gps.get(tags[0])) or "")
    try:
        degrees, minutes, seconds = (float(part) for part in gps.get(tags[1], ()))
    except READING_ERRORS:
        return None
    angle = degrees + minutes / 60 + seconds / 3600
    # Anything else than a number compares as false.
    return round(sign * angle, 7) if sign is not None and 0 <= angle <= most else None
