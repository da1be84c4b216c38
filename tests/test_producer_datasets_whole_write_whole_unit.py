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


def test_no_link_is_followed_that_has_a_name_which_can_be_guessed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "a.txt", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious")

    def write(stream: BinaryIO) -> None:
        [temporary] = set(tmp_path.iterdir()) - {elsewhere}
        names.append(temporary.name)
        stream.write(b"new")

    names: list[str] = []
    for _ in range(2):
        write_whole(path, write)
        path.unlink()
    assert len(set(names)) == 2
    guessed = tmp_path / f".a.txt.{os.getpid()}.tmp"
    guessed.symlink_to(elsewhere)
    write_whole(path, lambda stream: stream.write(b"new"))
    assert (path.read_bytes(), elsewhere.read_bytes()) == (b"new", b"precious")


def test_the_file_may_be_read_by_whom_a_new_file_may(tmp_path: Path) -> None:
    (tmp_path / "new").touch()
    write_whole(tmp_path / "a.txt", lambda stream: stream.write(b"x"))
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "new").stat().st_mode


def test_a_name_may_be_as_long_as_the_file_system_takes(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    write_whole(path, lambda stream: stream.write(b"x"))
    assert path.read_bytes() == b"x"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("absent/a.txt", "cannot write at .*absent/a.txt: got No such file"),
        ("file/a.txt", "cannot write at .*file/a.txt: got Not a directory"),
        ("folder", "cannot write at .*folder: expected a file, got something else there"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=message):
        write_whole(tmp_path / place, lambda stream: stream.write(b"x"))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="cannot write at .*a.txt: got No space left"):
        write_whole(tmp_path / "a.txt", lambda stream: stream.write(b"x"))
    assert not list(tmp_path.iterdir())
