"""RecordingFile gives a file its name when it is whole, and leaves nothing where it never is."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from recording_parts import ABOUT, block, write

from shared.errors import DataError, StoreError
from shared.recording.file import RecordingFile
from shared.recording.reader import read_recording


def names(folder: Path) -> list[str]:
    """What is in the folder."""
    return sorted(path.name for path in folder.iterdir())


def test_the_file_has_its_name_only_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.session"
    with RecordingFile(path, ABOUT) as file:
        file.append(block(0, 3))
        assert names(tmp_path) == ["one.session.part"]
        assert file.frames == 3
        manifest = file.finish()
        assert names(tmp_path) == ["one.session"]
    assert names(tmp_path) == ["one.session"]
    assert read_recording(path).about == manifest
    assert file.digest == manifest.digest


def test_without_its_end_nothing_is_left(tmp_path: Path) -> None:
    with RecordingFile(tmp_path / "one.session", ABOUT) as file:
        file.append(block(0, 3))
    assert not names(tmp_path)


def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "one.session", 5)
    with RecordingFile(path, ABOUT) as file:
        file.append(block(0, 3))
    assert len(read_recording(path)) == 5
    write(path, 7)
    assert len(read_recording(path)) == 7


def test_the_part_of_a_killed_process_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "one.session.part").write_bytes(b"left" * 10_000)
    assert len(read_recording(write(tmp_path / "one.session", 2))) == 2
    assert names(tmp_path) == ["one.session"]


def test_two_cannot_record_to_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "one.session"
    with RecordingFile(path, ABOUT) as file:
        file.append(block(0, 3))
        with pytest.raises(StoreError, match="another process records to it at .*one.session"):
            RecordingFile(path, ABOUT)
        file.finish()
    assert len(read_recording(path)) == 3


def test_a_recording_without_frames_is_none(tmp_path: Path) -> None:
    with RecordingFile(tmp_path / "one.session", ABOUT) as file:
        with pytest.raises(DataError, match="nothing to record in session 0123456789abcdef"):
            file.finish()
    assert not names(tmp_path)


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write at .*absent/one.session: got No such file"):
        RecordingFile(tmp_path / "absent" / "one.session", ABOUT)
    with pytest.raises(StoreError, match="expected a file, got something else"):
        RecordingFile(tmp_path, ABOUT)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [4096, 10_000, 40_000])
def test_a_disk_without_room_is_an_error_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    with files_of_at_most(size), pytest.raises(StoreError, match="cannot write .*: got File too"):
        with RecordingFile(tmp_path / "one.session", ABOUT) as file:
            for first in range(0, 3000, 100):
                file.append(block(first, 100))
            file.finish()
    assert not names(tmp_path)
