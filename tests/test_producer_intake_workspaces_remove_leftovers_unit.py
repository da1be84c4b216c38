"""remove_leftovers: workspaces that nobody uses, and nothing else."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from producer.intake.workspaces import STALE_S, remove_leftovers, workspace


def _left(parent: Path, name: str = ".work-left") -> Path:
    (parent / name).mkdir()
    (parent / name / "pixels.npy").write_bytes(bytes(9))
    return parent / name


def test_what_nobody_uses_goes_at_once(tmp_path: Path) -> None:
    _left(tmp_path)
    (_left(tmp_path, ".work-locked once") / ".lock").touch()
    (tmp_path / ".work-file").touch()
    (tmp_path / ".work-link").symlink_to(_left(tmp_path, "foreign"))
    with workspace(tmp_path) as used:
        remove_leftovers(tmp_path)
        assert sorted(os.listdir(tmp_path)) == sorted([used.name, "foreign"])
    assert os.listdir(tmp_path / "foreign") == ["pixels.npy"]


def test_without_locks_a_day_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    old, new = _left(tmp_path, ".work-old"), _left(tmp_path, ".work-new")
    age = new.stat().st_mtime - STALE_S - 60
    os.utime(old, (age, age))
    monkeypatch.setattr("fcntl.flock", flock)
    remove_leftovers(tmp_path)
    assert os.listdir(tmp_path) == [".work-new"]


def test_what_is_missing_or_goes_meanwhile_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_leftovers(tmp_path / "absent")
    _left(tmp_path)
    monkeypatch.setattr("os.listdir", lambda _: [".work-gone", ".work-left"])
    remove_leftovers(tmp_path)
    assert not (tmp_path / ".work-left").exists()
