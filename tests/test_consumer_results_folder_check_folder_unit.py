"""check_folder: what cannot be written to is found out before there is anything to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consumer.results.folder import check_folder
from shared.errors import StoreError

WRITABLE = "expected a folder that this user may write to"


@pytest.mark.parametrize("name", [".", "new", "new/with/parents"])
def test_a_folder_that_can_be_written_to_or_made_is_left_as_it_is(
    tmp_path: Path, name: str
) -> None:
    check_folder(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_relative_folder_is_looked_for_where_the_process_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_folder(Path("results"))
    (tmp_path / "results").touch()
    with pytest.raises(StoreError, match=f"cannot write at results: {WRITABLE}, got a file"):
        check_folder(Path("results"))


@pytest.mark.parametrize("name", ["file", "file/new"])
def test_a_file_in_its_place_or_above_it_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/file: {WRITABLE}, got a fil"):
        check_folder(tmp_path / name)


@pytest.mark.parametrize("name", [".", "new/folder"])
def test_a_folder_that_takes_no_file_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Modes do not bind root, as whom tests may run.
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path)
    with pytest.raises(StoreError) as failed:
        check_folder(tmp_path / name)
    assert str(failed.value) == (
        f"cannot write at {tmp_path}: {WRITABLE}, got no permission, or a read-only disk"
    )
