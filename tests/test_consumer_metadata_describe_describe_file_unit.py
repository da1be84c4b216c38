"""The entry of a file, readable or not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import pytest
from image_samples import encoded, picture

from consumer.metadata.describe import describe_file, unreadable, use_one_thread
from consumer.metadata.model import Fault, ImageMetadata, UnreadableImage
from shared.errors import DataError, WorkerError


def test_an_image_has_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "ä ö.png"
    path.write_bytes(encoded(picture(), "PNG"))
    entry = describe_file(str(path))
    assert isinstance(entry, ImageMetadata)
    assert (entry.file_name, entry.path, entry.path_bytes) == ("ä ö.png", str(path), None)
    assert entry.suffix_agrees


def test_what_is_no_image_has_an_error_and_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(b"<html>")
    entry = describe_file(str(path))
    assert isinstance(entry, UnreadableImage)
    assert (entry.bytes, entry.sha256) == (6, hashlib.sha256(b"<html>").hexdigest())
    assert (entry.error.code, entry.error.what) == ("bad-data", "not an image")
    assert entry.error.got == "an HTML page"


def test_what_is_not_there_has_an_error(tmp_path: Path) -> None:
    entry = describe_file(str(tmp_path / "no.png"))
    assert isinstance(entry, UnreadableImage)
    assert (entry.bytes, entry.sha256) == (None, None)
    expected = "No such file or directory"
    assert entry.error == Fault(
        code="bad-data", what="cannot read the file", expected=None, got=expected
    )


def test_a_name_that_is_no_utf_8_is_told_byte_by_byte(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xff\xe4.png"
    with open(raw, "wb") as file:
        file.write(encoded(picture(), "PNG"))
    entry = describe_file(os.fsdecode(raw))
    assert isinstance(entry, ImageMetadata)
    assert entry.file_name == "\\xff\\xe4.png"
    assert entry.path_bytes is not None and bytes.fromhex(entry.path_bytes) == raw


@pytest.mark.parametrize("error", [DataError("odd", expected=1, got=b"x"), WorkerError("dead")])
def test_an_error_becomes_an_entry(error: DataError | WorkerError) -> None:
    entry = unreadable("a/", error)
    assert (entry.file_name, entry.path) == ("a/", "a/")
    assert (entry.error.code, entry.error.what) == (error.code, error.what)
    assert entry.error.expected == (None if error.expected is None else "1")


def test_one_thread_is_one_thread() -> None:
    before = cv2.getNumThreads()
    try:
        use_one_thread()
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
