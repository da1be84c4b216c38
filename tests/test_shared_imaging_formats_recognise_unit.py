"""The format of a file by its first bytes."""

from __future__ import annotations

import pytest
from image_samples import encoded, picture

from shared.imaging.formats import FORMATS, NAMES, SUFFIXES, ImageFormat, recognise


@pytest.mark.parametrize("name", NAMES)
def test_what_pillow_writes_of_each_format_is_recognised(name: str) -> None:
    found = recognise(encoded(picture(), name))
    assert isinstance(found, ImageFormat)
    assert found.name == name


def test_several_pictures_in_a_jpeg_are_a_jpeg() -> None:
    file = encoded(picture(), "MPO", save_all=True, append_images=[picture()])
    found = recognise(file)
    assert found is not None and found.name == "JPEG"


@pytest.mark.parametrize("start", [b"", b"P", b"BN", b"GIF88a", b"RIFF1234WAVE", b"P7\n", b"\xff"])
def test_anything_else_is_nothing(start: bytes) -> None:
    assert recognise(start) is None


def test_each_suffix_belongs_to_one_format() -> None:
    assert sum(len(each.suffixes) for each in FORMATS) == len(SUFFIXES)
    assert all(suffix == suffix.lower() and suffix[0] == "." for suffix in SUFFIXES)
