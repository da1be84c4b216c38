"""Everything that the JSON says of an image, over formats and modes."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

import numpy as np
import pytest
from image_samples import (
    animated,
    deep,
    deep_png,
    encoded,
    jpeg_with_extra_bytes,
    picture,
    pixels,
    png_of_size,
    turned,
)
from numpy.typing import NDArray

from consumer.metadata import describe
from consumer.metadata.describe import describe_image, judged
from consumer.metadata.thresholds import Judged, Thresholds
from shared.errors import DataError
from shared.imaging.measures import measure
from shared.imaging.perceptual import perceptual_hash

RGB = ("red", "green", "blue")


@pytest.mark.parametrize(
    ("data", "expected", "channels"),
    [
        (encoded(picture("L"), "PNG"), (1, 8, "gray", "uint8"), ("gray",)),
        (encoded(picture("LA"), "PNG"), (2, 8, "gray-alpha", "uint8"), ("gray", "alpha")),
        (encoded(picture(), "PNG"), (3, 8, "rgb", "uint8"), RGB),
        (encoded(picture("RGBA"), "PNG"), (4, 8, "rgba", "uint8"), (*RGB, "alpha")),
        (encoded(picture("P"), "PNG"), (1, 8, "palette", "uint8"), RGB),
        (encoded(picture("1"), "PNG"), (1, 1, "gray", "uint8"), ("gray",)),
        (deep_png(1), (1, 16, "gray", "uint16"), ("gray",)),
        (deep_png(3), (3, 16, "rgb", "uint16"), RGB),
        (deep_png(4), (4, 16, "rgba", "uint16"), (*RGB, "alpha")),
        (encoded(picture(), "JPEG"), (3, 8, "rgb", "uint8"), RGB),
        (encoded(picture("L"), "JPEG"), (1, 8, "gray", "uint8"), ("gray",)),
        (encoded(picture("CMYK"), "JPEG"), (4, 8, "cmyk", "uint8"), RGB),
        (encoded(picture("CMYK"), "TIFF"), (4, 8, "cmyk", "uint8"), RGB),
        (encoded(picture("LA"), "TIFF"), (2, 8, "gray-alpha", "uint8"), ("gray",)),
        (encoded(picture("RGBA"), "WEBP"), (4, 8, "rgba", "uint8"), (*RGB, "alpha")),
        (encoded(picture("P"), "GIF"), (1, 6, "palette", "uint8"), RGB),
        (encoded(picture("P"), "BMP"), (1, 8, "palette", "uint8"), RGB),
        (encoded(picture(), "BMP"), (3, 8, "rgb", "uint8"), RGB),
        (encoded(picture("1"), "PPM"), (1, 1, "gray", "uint8"), ("gray",)),
        (encoded(picture(), "JPEG2000"), (3, 8, "rgb", "uint8"), RGB),
    ],
)
def test_what_is_stored_is_said_and_what_is_decoded_is_measured(
    data: bytes, expected: tuple[object, ...], channels: tuple[str, ...]
) -> None:
    entry = describe_image(data, "a/b.bin")
    assert (entry.channels, entry.bit_depth, entry.colour_model, entry.dtype) == expected
    assert tuple(each.channel for each in entry.channel_statistics) == channels
    assert (entry.width, entry.height, entry.frames) == (24, 16, 1)
    assert (entry.file_name, entry.path, entry.suffix_agrees) == ("b.bin", "a/b.bin", False)
    assert entry.bytes == len(data)
    assert entry.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "stored"),
    [(encoded(picture("RGBA"), "PNG"), pixels(4)), (deep_png(4), deep(4))],
    ids=["8 bits", "16 bits"],
)
def test_statistics_are_those_of_numpy(
    data: bytes, stored: NDArray[np.uint8] | NDArray[np.uint16]
) -> None:
    found = describe_image(data, "x.png").channel_statistics
    for k, each in enumerate(found):
        plane = stored[..., k].astype(float)
        assert (each.min, each.max) == (plane.min(), plane.max())
        assert each.mean == pytest.approx(plane.mean(), abs=1e-5)
        assert each.deviation == pytest.approx(plane.std(), abs=1e-5)


def test_measures_and_hash_are_those_of_the_upright_image() -> None:
    entry = describe_image(turned("PNG", 6), "x.png")
    upright = np.ascontiguousarray(np.rot90(pixels(), -1))
    expected = asdict(measure(upright))
    assert {name: getattr(entry, name) for name in expected} == pytest.approx(expected, abs=1e-5)
    assert int(entry.perceptual_hash, 16) == perceptual_hash(upright)
    assert (entry.width, entry.height) == (24, 16)
    assert (entry.upright_width, entry.upright_height) == (16, 24)
    assert (entry.orientation, entry.orientation_words) == (6, "turn right by 90 degrees")


def test_each_orientation_has_words_of_its_own() -> None:
    words = [describe_image(turned("JPEG", k), "x.jpg").orientation_words for k in range(1, 9)]
    assert words[0] == "upright"
    assert len(set(words)) == 8


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("GIF", "image/gif")])
def test_of_an_animation_the_first_picture_counts_and_that_is_said(kind: str, mime: str) -> None:
    entry = describe_image(animated(kind, 4), f"x.{kind.lower()}")
    assert (entry.frames, entry.format, entry.mime, entry.suffix_agrees) == (4, kind, mime, True)
    assert entry.warnings == ("the pixels are the first picture's alone",)


def test_pages_are_counted_in_a_tiff_and_pictures_in_a_jpeg() -> None:
    pages = encoded(picture(), "TIFF", save_all=True, append_images=[picture()])
    several = encoded(picture(), "MPO", save_all=True, append_images=[picture()])
    assert describe_image(pages, "x.TIFF").frames == 2
    assert (describe_image(several, "x.jpg").frames, describe_image(several, "x").format) == (
        2,
        "JPEG",
    )


def test_what_the_decoder_says_is_a_warning() -> None:
    (warning,) = describe_image(jpeg_with_extra_bytes(), "x.jpg").warnings
    assert "extraneous bytes" in warning


def test_flags_are_judged_by_the_thresholds_that_are_stated() -> None:
    data = encoded(picture(), "PNG")
    strict = Thresholds(dark_below=256.0, bright_above=-1.0, blurry_below=0.0)
    entry = describe_image(data, "x.png", strict)
    assert entry.thresholds == strict
    assert entry.flags == ("dark", "bright")
    assert judged(entry) == Judged(entry.sharpness, entry.brightness, entry.entropy, 24, 16)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png_of_size(10_000, 10_000, bits=16), "got 10000 x 10000, 600,000,000 bytes"),
        (png_of_size(65_535, 65_535), "got 4,294,836,225 pixels"),
    ],
    ids=["large", "gigantic"],
)
def test_a_gigantic_header_is_refused_before_anything_is_decoded(
    data: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe, "decode_pixels", pytest.fail)
    with pytest.raises(DataError, match=f"image too large in x.png: .*{words}"):
        describe_image(data, "x.png")


@pytest.mark.parametrize("place", [24, 25])
def test_a_header_that_makes_no_sense_is_an_error(place: int) -> None:
    data = bytearray(encoded(picture(), "PNG"))
    data[place] = 99
    with pytest.raises(DataError, match="image in x.png"):
        describe_image(bytes(data), "x.png")
