"""Headers that Pillow reads, and what comes of those that it does not."""

from __future__ import annotations

import pytest
from image_samples import ORIENTATION, encoded, picture, png_of_size, turned
from PIL import Image

from shared.errors import DataError
from shared.imaging.header import (
    opened_header,
    recognised,
    stored_exif,
    stored_orientation,
    stored_size,
    upright_size,
)


def test_a_good_header_is_open_inside_the_block() -> None:
    data = encoded(picture(), "PNG")
    with opened_header(data, recognised(data, where="x"), where="x") as header:
        assert (header.format, header.size, header.mode) == ("PNG", (24, 16), "RGB")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an image in x: expected BMP or .* or WEBP, got an empty file"),
        (b"<html>", "not an image in x: .*, got an HTML page"),
        (
            encoded(picture(), "JPEG")[:-1],
            "truncated image in x: expected a whole JPEG file, got its first [0-9]+ bytes; write",
        ),
    ],
)
def test_no_image_or_one_that_is_cut_is_named(data: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        recognised(data, where="x")


def test_a_size_that_nobody_decodes_is_refused_by_its_number() -> None:
    data = png_of_size(65535, 65535)
    with (
        pytest.raises(DataError, match="image too large in x: .*, got 4,294,836,225 pixels"),
        opened_header(data, recognised(data, where="x"), where="x"),
    ):
        pytest.fail("it was opened")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"BM" + bytes(60), "damaged image in x"),
        (b"II*\x00\xff\xff\xff\xff", "damaged image in x"),
        (b"P6\nmany", "damaged image in x"),
        (b"\xff\x4f\xff\x51" + bytes(60), "damaged image in x"),
    ],
)
def test_a_damaged_header_is_one_error(data: bytes, words: str) -> None:
    with (
        pytest.raises(DataError, match=words),
        opened_header(data, recognised(data, where="x"), where="x"),
    ):
        pytest.fail("it was opened")


@pytest.mark.parametrize("raised", [ZeroDivisionError("x"), KeyError("x"), OSError("x")])
def test_what_pillow_raises_inside_the_block_is_the_same_error(raised: Exception) -> None:
    data = encoded(picture(), "PNG")
    with (
        pytest.raises(DataError, match="damaged image in x: got"),
        opened_header(data, recognised(data, where="x"), where="x"),
    ):
        raise raised


def test_constants_of_pillow_are_not_named() -> None:
    data = encoded(picture(), "PNG")
    message = "damaged image in x: got too much text in it; write or fetch the file again"
    with (
        pytest.raises(DataError, match=message),
        opened_header(data, recognised(data, where="x"), where="x"),
    ):
        raise ValueError("Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK")


@pytest.mark.parametrize("said", [*range(1, 9)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_size_and_orientation_are_those_of_the_file(kind: str, said: int) -> None:
    data = turned(kind, said)
    with opened_header(data, recognised(data, where="x"), where="x") as header:
        orientation = stored_orientation(stored_exif(header, data))
        assert orientation == said
        assert stored_size(header, orientation) == (24, 16)
    assert upright_size(24, 16, said) == ((24, 16) if said <= 4 else (16, 24))


@pytest.mark.parametrize("said", [0, 9, "6", -1])
def test_nonsense_is_upright(said: object) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = said
    assert stored_orientation(exif) == 1
