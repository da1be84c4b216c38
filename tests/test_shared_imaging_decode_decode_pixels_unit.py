"""Pixels with as many bits and channels as OpenCV gives them."""

from __future__ import annotations

import numpy as np
import pytest
from image_samples import deep, deep_png, encoded, jpeg_with_extra_bytes, picture, pixels, turned

from shared.errors import DataError
from shared.imaging.decode import DecodedImage, decode_pixels
from shared.imaging.formats import FORMATS, ImageFormat

KINDS: dict[str, ImageFormat] = {each.name: each for each in FORMATS}


def _decode(data: bytes, kind: str, orientation: int = 1) -> DecodedImage:
    return decode_pixels(data, KINDS[kind], orientation=orientation, where="x")


def test_all_bits_are_kept_in_opencvs_order() -> None:
    decoded = _decode(deep_png(), "PNG")
    assert decoded.pixels.dtype == np.uint16
    assert np.array_equal(decoded.pixels, deep()[..., ::-1])
    assert not decoded.remarks


def test_it_is_turned_and_in_c_order() -> None:
    decoded = _decode(encoded(picture(), "PNG"), "PNG", orientation=6)
    assert decoded.pixels.flags.c_contiguous
    assert np.array_equal(decoded.pixels, np.rot90(pixels()[..., ::-1], -1))


def test_a_tiff_is_not_turned_twice() -> None:
    decoded = _decode(turned("TIFF", 6), "TIFF", orientation=6)
    assert np.array_equal(decoded.pixels, np.rot90(pixels()[..., ::-1], -1))


def test_what_the_decoder_says_and_what_does_no_harm_is_a_remark() -> None:
    decoded = _decode(jpeg_with_extra_bytes(), "JPEG")
    assert decoded.remarks == ("Corrupt JPEG data: 3 extraneous bytes before marker 0xd9",)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff"])
def test_nothing_to_decode_is_an_error(data: bytes) -> None:
    expected = "damaged or truncated image in x: expected a JPEG image that OpenCV decodes"
    with pytest.raises(DataError, match=expected):
        _decode(data, "JPEG")
