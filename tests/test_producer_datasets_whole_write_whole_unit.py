"""write_whole: all or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from producer.datasets.whole import write_whole
from shared.errors import DataError, StoreError


def test_the_content_replaces_what_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"older and longer")
    write_whole(path, lambda stream: stream.write(b"newer"))
    assert path.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [DataError("not fit to be written"), MemoryError()])
def test_what_goes_wrong_in_between_leaves_the_older_file(tmp_path: Path, error: Exception) -> None:
    def write(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise error

    path = tmp_path / "a.txt"
    path.write_bytes(b"older")
    with pytest.raises(type(error)):
        write_whole(path, write)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="cannot write at .*a.txt: got No space left"):
        write_whole(tmp_path / "a.txt", lambda stream: stream.write(b"x"))
    assert not list(tmp_path.iterdir())
