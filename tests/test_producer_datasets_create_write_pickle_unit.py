"""write_pickle: all or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tiny_dataset as tiny

from producer.datasets.create import write_pickle
from producer.datasets.files import load_file
from shared.errors import StoreError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "set.pickle"
    path.write_bytes(b"older")
    write_pickle(tiny.image_set(), path)
    assert load_file(path).digest() == tiny.image_set().digest()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_disk_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "set.pickle"
    path.write_bytes(b"older")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="cannot write at .*set.pickle: got No space left"):
        write_pickle(tiny.image_set(), path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("absent/set.pickle", "cannot write at .*absent/set.pickle: got No such file"),
        ("file/set.pickle", "cannot write at .*file/set.pickle: got Not a directory"),
        ("folder", "cannot write at .*folder: expected a file, got something else there"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=message):
        write_pickle(tiny.image_set(), tmp_path / place)
    assert len(list(tmp_path.iterdir())) == 2
