"""The EXIF that matters, from cameras and from those who make files up."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import numpy as np
import pytest
from image_samples import encoded, picture
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from consumer.metadata.exif import read_exif
from consumer.metadata.model import Exif, Position
from tools.example_images import turned_photograph

EXIF, GPS = 0x8769, 0x8825
NORTH_EAST = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
NOTHING = dict.fromkeys(Exif.model_json_schema()["properties"])


def _made(
    image: dict[int, Any] | None = None,
    camera: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
) -> Exif | None:
    stored = Image.Exif()
    stored.update(image or {})
    stored.get_ifd(EXIF).update(camera or {})
    stored.get_ifd(GPS).update(gps or {})
    return read_exif(stored)


def test_what_a_camera_writes_is_read() -> None:
    with Image.open(io.BytesIO(turned_photograph())) as header:
        found = read_exif(header.getexif())
    assert found == Exif(
        make="Catwalk",
        model="Example 1",
        taken="2024-05-17T14:03:22",
        exposure_s=0.004,
        f_number=2.8,
        iso=200,
        focal_length_mm=35.0,
        position=Position(latitude=52.52, longitude=13.405),
    )


def test_no_exif_is_none() -> None:
    assert _made() is None
    with Image.open(io.BytesIO(encoded(picture(), "PNG"))) as header:
        assert read_exif(header.getexif()) is None


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (({0x010F: b"Acme\x00"},), {"make": "Acme"}),
        (({0x010F: "a\x00\n\tb\x1b"},), {"make": "a b"}),
        (({0x0110: "x" * 5000},), {"model": "x" * 200}),
        (({0x0110: " \x00 "},), None),
        (({0x0110: 7},), None),
        (({0x0132: "2024:01:02 03:04:05"},), {"taken": "2024-01-02T03:04:05"}),
        (({}, {0x9003: "last summer"}), {"taken": "last summer"}),
        (({}, {0x829A: IFDRational(1, 250)}), {"exposure_s": 0.004}),
        (({}, {0x829A: IFDRational(1, 0)}), None),
        (({}, {0x829A: -1.0}), None),
        (({}, {0x829D: "fast"}), None),
        (({}, {0x829D: float("inf")}), None),
        (({}, {0x8827: (400, 800)}), {"iso": 400}),
        (({}, {0x8827: ()}), None),
        (({}, {0x8827: 2**40}), None),
    ],
)
def test_a_field_that_cannot_be_read_is_not_there(
    made: tuple[dict[int, Any], ...], expected: dict[str, object] | None
) -> None:
    found = _made(*made)
    assert (found and found.model_dump()) == (expected and {**NOTHING, **expected})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, (52.52, 13.405)),
        ({1: "S", 3: "W"}, (-52.52, -13.405)),
        ({1: None}, None),
        ({1: "X"}, None),
        ({2: (52.0, 31.0)}, None),
        ({2: (91.0, 0.0, 0.0)}, None),
        ({4: (181.0, 0.0, 0.0)}, None),
        ({4: (float("nan"), 0.0, 0.0)}, None),
        ({4: 13.0}, None),
    ],
)
def test_a_position_is_whole_or_not_there(
    changed: dict[int, Any], expected: tuple[float, float] | None
) -> None:
    found = _made(gps={**NORTH_EAST, **changed})
    position = found and found.position
    assert (position and (position.latitude, position.longitude)) == expected


class _Broken(Image.Exif):
    """Raises as Pillow does where a pointer leads nowhere."""

    def get_ifd(self, tag: int) -> dict[int, Any]:
        raise struct.error(tag)


def test_a_part_that_cannot_be_read_is_as_if_it_were_not_there() -> None:
    stored = _Broken()
    stored[0x010F] = "Acme"
    found = read_exif(stored)
    assert found is not None and found.model_dump() == {**NOTHING, "make": "Acme"}


def test_noise_in_place_of_exif_is_read_without_an_error() -> None:
    noise = np.random.default_rng(0)
    good = Image.Exif()
    good[0x010F] = "Acme"
    good.get_ifd(GPS).update(NORTH_EAST)
    whole = good.tobytes()
    read = 0
    for _ in range(300):
        data = bytearray(whole)
        for place in noise.integers(6, len(data), 4):
            data[place] = noise.integers(0, 256)
        stored = Image.Exif()
        try:
            with warnings.catch_warnings(action="ignore"):
                stored.load(bytes(data))
                read += read_exif(stored) is not None
        except (SyntaxError, ValueError, TypeError, LookupError, OSError):
            continue
    assert read > 0
