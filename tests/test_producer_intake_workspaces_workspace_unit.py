"""workspace: a locked folder that is gone afterwards."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from producer.intake.workspaces import LOCK, remove_leftovers, workspace


def test_it_holds_its_lock_alone_and_goes(tmp_path: Path) -> None:
    with workspace(tmp_path) as folder:
        assert os.listdir(folder) == [LOCK]
        remove_leftovers(tmp_path)
        assert folder.exists()
    assert os.listdir(tmp_path) == []


def test_a_folder_that_was_renamed_stays(tmp_path: Path) -> None:
    with workspace(tmp_path) as folder:
        folder.rename(tmp_path / "kept")
    assert os.listdir(tmp_path) == ["kept"]


def test_a_folder_that_is_removed_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, turns = fcntl.flock, []

    def flock(file: int, how: int) -> None:
        turns.append(how)
        if len(turns) == 1:
            remove_leftovers(tmp_path)
        lock(file, how)

    monkeypatch.setattr("fcntl.flock", flock)
    with workspace(tmp_path) as folder:
        assert os.listdir(tmp_path) == [folder.name]
    assert len(turns) == 3


def test_a_file_system_without_locks_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with workspace(tmp_path) as folder:
        assert folder.exists()
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), workspace(tmp_path / "absent"):
        pass
