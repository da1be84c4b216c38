"""read_file and write_file: bounded, and complete or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.classifier.files import read_file, write_file
from shared.errors import ModelError, StoreError


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(ModelError, match="model file too large in .*: expected at most 4 bytes"):
        read_file(path, 4)


def test_a_missing_file_is_named_as_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the card at .*; write one"):
        read_file(tmp_path / "x", 5, what="card", hint="write one")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the model at .*: got No such file"):
        write_file(tmp_path / "none" / "x", b"new")
