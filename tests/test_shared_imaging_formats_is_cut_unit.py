"""Whether a file ends before its format says that it does."""

from __future__ import annotations

import pytest
from image_samples import encoded, picture, whole_files

from shared.imaging.formats import LOOKED_AT, is_cut, recognise

WHOLE = pytest.mark.parametrize("name", whole_files())


def _kind(data: bytes) -> str:
    found = recognise(data[:LOOKED_AT])
    assert found is not None
    return found.name


@WHOLE
def test_a_whole_file_is_not(name: str) -> None:
    data = whole_files()[name]
    assert not is_cut(data, _kind(data))


@WHOLE
def test_a_whole_file_with_something_behind_it_is_not(name: str) -> None:
    data = whole_files()[name]
    assert not is_cut(data + b"\xff\x00more", _kind(data))


@WHOLE
def test_every_shorter_one_is(name: str) -> None:
    data = whole_files()[name]
    begun = [k for k in range(1, len(data)) if recognise(data[:k]) is not None]
    assert len(begun) >= len(data) - 12
    assert [k for k in begun if not is_cut(data[:k], _kind(data))] == []


def test_a_thumbnail_inside_does_not_end_a_jpeg() -> None:
    small = encoded(picture().resize((4, 4)), "JPEG")
    exif = b"Exif\x00\x00" + small
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    data = encoded(picture(), "JPEG")
    whole = data[:2] + segment + data[2:]
    assert not is_cut(whole, "JPEG")
    assert is_cut(whole[:-2], "JPEG")


def test_what_stands_between_two_blocks_of_a_gif_is_passed_over() -> None:
    data = encoded(picture("P"), "GIF")
    assert not is_cut(data[:-1] + b"\x00\x00;", "GIF")
    assert is_cut(data[:-1] + b"\x00\x00", "GIF")


@pytest.mark.parametrize("name", ["BMP", "TIFF", "PPM", "JPEG2000"])
def test_of_other_formats_only_the_decoder_knows(name: str) -> None:
    data = encoded(picture(), name)
    assert not is_cut(data[: len(data) // 2], name)
