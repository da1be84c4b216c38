"""read_whole: one file of a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from producer.intake.readers.opened import read_whole
from shared.errors import DataError


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    assert read_whole(tmp_path / "a", where="a", most=7) == b"content"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="file too large in a: expected at most 6 bytes, got more"):
        read_whole(tmp_path / "a", where="a", most=6)
    with pytest.raises(DataError, match="cannot read the file in b of c: got No such file"):
        read_whole(tmp_path / "b", where="b of c", most=6)
    with pytest.raises(DataError, match="not a file or folder"):
        read_whole(tmp_path / "pipe", where="pipe", most=6)
