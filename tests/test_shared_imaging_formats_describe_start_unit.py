"""What a file is that is no image."""

from __future__ import annotations

import pytest

from shared.imaging.formats import describe_start


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\n <html lang='de'>", "an HTML page"),
        (b"<?xml version='1.0'?><svg/>", "SVG or other XML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "SVG or other XML"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x00\x00\x00\x20ftypavif", "an AVIF image"),
        (b"\x00\x00\x00\x20ftypheic", "an HEIC image"),
        (b"\x00\x00\x00\x20ftypisom", "a video"),
        (b"\x93NUMPY\x01\x00", "an array, an archive or a pickle"),
        (b"PK\x03\x04", "an array, an archive or a pickle"),
        (b"hello, world", "a file that begins with b'hello, w'"),
        (b"\n", "a file that begins with b'\\n'"),
    ],
)
def test_it_is_called_what_it_is(start: bytes, words: str) -> None:
    assert describe_start(start) == words
