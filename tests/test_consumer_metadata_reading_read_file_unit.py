"""Files that are read, and all that is no file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from consumer.metadata.reading import read_file, shown_path
from shared.errors import DataError


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"whole")
    (tmp_path / "b").symlink_to("a")
    assert read_file(str(tmp_path / "a")) == read_file(str(tmp_path / "b"), most=5) == b"whole"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123456")
    with pytest.raises(DataError, match="file too large in .*: expected at most 5 bytes, got 6"):
        read_file(str(tmp_path / "a"), most=5)


def test_a_file_that_is_larger_than_it_says_is_not_read_to_its_end() -> None:
    with pytest.raises(DataError, match="file too large in /proc/self/status"):
        read_file("/proc/self/status", most=5)


def test_what_is_not_there_or_no_path_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the file in .*: got No such file"):
        read_file(str(tmp_path / "no"))
    with pytest.raises(DataError, match="cannot read the file in .*: got embedded null byte"):
        read_file("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    with pytest.raises(DataError, match="cannot read the file in .*: got Permission denied"):
        read_file(str(tmp_path / "a"))


def test_what_is_no_file_is_named_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a file in .*: expected a regular file, got a named"):
        read_file(str(tmp_path / "pipe"))
    with pytest.raises(DataError, match="got a folder without images"):
        read_file(str(tmp_path))
    with pytest.raises(DataError, match="got a device"):
        read_file("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        with pytest.raises(DataError, match="cannot read the file in .*: got No such device"):
            read_file(str(tmp_path / "s"))


@pytest.mark.parametrize(
    ("path", "shown"), [("ä b", "ä b"), (os.fsdecode(b"\xff\xc3"), "\\xff\\xc3"), ("a\\b", "a\\b")]
)
def test_every_path_can_be_shown(path: str, shown: str) -> None:
    assert shown_path(path) == shown
