"""list_folder: what lies in a folder, links followed but not in circles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from producer.intake.listing import MAX_AGAIN, MAX_DEPTH, list_folder
from shared.errors import DataError
from shared.intake.limits import Limits


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_files_come_in_natural_order_with_their_sizes(tmp_path: Path) -> None:
    _touch(tmp_path, "b 10/ü.png", "b 2/x.png", "a.txt")
    listing = list_folder(tmp_path, Limits())
    assert [file.name for file in listing.files] == ["a.txt", "b 2/x.png", "b 10/ü.png"]
    assert [file.size for file in listing.files] == [5, 9, 11]
    assert listing.folders == ("b 2", "b 10")
    assert listing.skipped == 0


def test_hidden_files_pipes_and_broken_links_are_skipped_and_counted(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", ".hidden", ".git/x.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "broken.png").symlink_to("nowhere")
    listing = list_folder(tmp_path, Limits())
    assert [file.name for file in listing.files] == ["a.png"]
    assert listing.skipped == 4
    assert not listing.folders


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    _touch(tmp_path, "real/a.png")
    (tmp_path / "linked").symlink_to("real")
    (tmp_path / "real" / "up").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to("itself")
    listing = list_folder(tmp_path, Limits())
    assert [file.name for file in listing.files] == ["linked/a.png", "real/a.png"]
    assert listing.skipped == 3


def test_folders_are_followed_to_a_depth(tmp_path: Path) -> None:
    _touch(
        tmp_path, "/".join(["d"] * MAX_DEPTH + ["in"]), "/".join(["d"] * (MAX_DEPTH + 1) + ["x"])
    )
    listing = list_folder(tmp_path, Limits())
    assert [file.parts[-1] for file in listing.files] == ["in"]
    assert listing.skipped == 1


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "a", "b", "c")
    with pytest.raises(DataError, match="too many files in .*: expected at most 2, got more"):
        list_folder(tmp_path, Limits(images=1))


def test_links_that_fan_out_are_refused(tmp_path: Path) -> None:
    for depth in range(MAX_DEPTH):
        (tmp_path / f".{depth}").mkdir()
        for name in "abc":
            (tmp_path / f".{depth}" / name).symlink_to(f"../.{depth + 1}")
    (tmp_path / f".{MAX_DEPTH}").mkdir()
    (tmp_path / "start").symlink_to(".0")
    expected = f"too many links to the same folders in .*: expected at most {MAX_AGAIN:,}, got more"
    with pytest.raises(DataError, match=expected):
        list_folder(tmp_path, Limits())


def test_entries_that_are_no_files_are_limited_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.intake.listing.OTHER_ENTRIES", -1)
    _touch(tmp_path, ".a", ".b", ".c")
    assert list_folder(tmp_path, Limits(images=1)).skipped == 3
    (tmp_path / ".d").mkdir()
    with pytest.raises(DataError, match="too many entries in .*: expected at most 3, got more"):
        list_folder(tmp_path, Limits(images=1))


def test_what_is_noted_of_a_file_is_part_of_it(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png")
    os.utime(tmp_path / "a.png", ns=(1, 1))
    before = list_folder(tmp_path, Limits())
    (tmp_path / "a.png").write_bytes(b"A.PNG")
    os.utime(tmp_path / "a.png", ns=(1, 1))
    assert list_folder(tmp_path, Limits()) != before


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the file at .*absent: got No such file"):
        list_folder(tmp_path / "absent", Limits())
