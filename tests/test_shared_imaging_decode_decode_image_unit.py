"""Images of all kinds as they are streamed."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from image_samples import (
    animated,
    deep_png,
    encoded,
    jpeg_with_a_hole,
    jpeg_with_extra_bytes,
    picture,
    pixels,
    png_of_size,
    turned,
    whole_files,
)
from numpy.typing import NDArray
from PIL import Image, ImageOps

from shared.errors import DataError
from shared.imaging.decode import decode_image


def _differ(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> float:
    assert left.shape == right.shape
    return float(np.abs(left.astype(int) - right.astype(int)).max())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(encoded(picture(), "PNG"), pixels(), id="RGB PNG"),
        pytest.param(encoded(picture("RGBA"), "PNG"), pixels(4), id="RGBA PNG"),
        pytest.param(encoded(picture("L"), "PNG"), pixels(1), id="gray PNG"),
        pytest.param(deep_png(), pixels(), id="16-bit RGB PNG"),
        pytest.param(deep_png(1), pixels(1), id="16-bit gray PNG"),
        pytest.param(deep_png(4), pixels(4), id="16-bit RGBA PNG"),
        pytest.param(encoded(picture(), "BMP"), pixels(), id="BMP"),
        pytest.param(encoded(picture(), "TIFF"), pixels(), id="TIFF"),
        pytest.param(encoded(picture(), "TIFF", compression="tiff_lzw"), pixels(), id="LZW TIFF"),
        pytest.param(encoded(picture(), "PPM"), pixels(), id="PPM"),
        pytest.param(encoded(picture("L"), "PPM"), pixels(1), id="PGM"),
        pytest.param(encoded(picture(), "WEBP", lossless=True), pixels(), id="WebP"),
        pytest.param(encoded(picture(), "JPEG2000"), pixels(), id="JPEG 2000"),
        pytest.param(animated("PNG"), pixels(), id="first of an APNG"),
    ],
)
def test_what_keeps_every_pixel_is_decoded_bit_by_bit(
    data: bytes, expected: NDArray[np.uint8]
) -> None:
    image = decode_image(data, where="x")
    assert image.dtype == np.uint8 and image.flags.c_contiguous
    assert np.array_equal(image, expected)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_nearly_the_same(mode: str, progressive: bool) -> None:
    data = encoded(picture(mode), "JPEG", quality=95, progressive=progressive)
    expected = np.asarray(picture("RGB") if mode == "CMYK" else picture(mode))
    assert _differ(decode_image(data, where="x"), expected) <= 12


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "P"), ("GIF", "P"), ("BMP", "P"), ("TIFF", "P")]
)
def test_a_palette_becomes_colours(kind: str, mode: str) -> None:
    image = decode_image(encoded(picture(mode), kind), where="x")
    assert np.array_equal(image[..., :3], np.asarray(picture(mode).convert("RGB")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_becomes_black_and_white(kind: str) -> None:
    image = decode_image(encoded(picture("1"), kind), where="x")
    assert set(np.unique(image)) == {0, 255}
    gray = image if image.ndim == 2 else image[..., 0]
    assert np.array_equal(gray, np.asarray(picture("1").convert("L")))


def test_gray_with_alpha_becomes_rgba() -> None:
    image = decode_image(encoded(picture("LA"), "PNG"), where="x")
    assert np.array_equal(image, np.asarray(picture("LA").convert("RGBA")))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_it_is_turned_as_its_orientation_says(kind: str, orientation: int) -> None:
    data = turned(kind, orientation)
    file = Image.open(io.BytesIO(data))
    expected = np.asarray(ImageOps.exif_transpose(file).convert("RGB"))
    assert _differ(decode_image(data, where="x"), expected) <= (3 if kind == "JPEG" else 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "not an image in x", id="no bytes"),
        pytest.param(b"<svg/>", "got SVG or other XML", id="SVG"),
        pytest.param(png_of_size(65535, 65535), "image too large", id="gigantic"),
        pytest.param(
            png_of_size(4097, 5),
            "image too large in x: expected sides of 1 to 4096 pixels, got 4097 x 5",
            id="a side too long",
        ),
        pytest.param(jpeg_with_a_hole(), "damaged .*got Corrupt JPEG data: premature", id="hole"),
        pytest.param(png_of_size(9, 9), "damaged or truncated image in x", id="few pixels"),
        pytest.param(
            encoded(Image.fromarray(np.float32(pixels(1))), "TIFF"),
            "wrong kind of image in x: expected 8 or 16 bits, got float32",
            id="floats",
        ),
        *(
            pytest.param(encoded(picture(), kind)[:-99], "damaged or truncated", id=f"cut {kind}")
            for kind in ("BMP", "PPM", "JPEG2000")
        ),
        pytest.param(encoded(picture(), "TIFF")[:-99], "damaged", id="cut TIFF"),
    ],
)
def test_what_cannot_be_decoded_is_one_error_and_no_line_on_the_terminal(
    data: bytes, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError, match=words):
        decode_image(data, where="x")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", whole_files())
def test_a_file_that_is_cut_anywhere_is_an_error(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = whole_files()[name]
    for k in range(12, len(data), max(1, len(data) // 40)):
        with pytest.raises(DataError, match="truncated image in x"):
            decode_image(data[:k], where="x")
    assert capfd.readouterr() == ("", "")


def test_what_does_no_harm_is_decoded_without_a_line_on_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert decode_image(jpeg_with_extra_bytes(), where="x").shape == (16, 24, 3)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [*whole_files(), "BMP", "TIFF", "PPM", "JPEG2000"])
def test_a_damaged_file_is_an_image_or_an_error_and_nothing_else(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = whole_files().get(name) or encoded(picture(), name)
    noise = np.random.default_rng(len(whole))
    good = 0
    for _ in range(150):
        data = bytearray(whole)
        for place in noise.integers(0, len(data), noise.integers(1, 6)):
            data[place] = noise.integers(0, 256)
        try:
            with warnings.catch_warnings():
                good += decode_image(bytes(data), where="x").size > 0
        except DataError:
            continue
    assert good < 150
    assert capfd.readouterr() == ("", "")
