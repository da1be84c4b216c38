"""ResultsFolder: files that are complete or not there, and errors that name the path."""

from __future__ import annotations

from pathlib import Path

import pytest
from result_parts import FULL_DISK

from consumer.results.folder import ResultsFolder
from shared.errors import StoreError


def _names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_made_with_its_parents_and_may_be_there_already(tmp_path: Path) -> None:
    for _ in range(2):
        assert ResultsFolder(tmp_path / "a" / "b").path.is_dir()


@pytest.mark.parametrize("content", ["Größe\n", "Größe\n".encode()], ids=["text", "bytes"])
@pytest.mark.parametrize("name", ["x.json", "samples/x.png"])
def test_a_file_is_written_whole_under_its_name(
    tmp_path: Path, name: str, content: str | bytes
) -> None:
    folder = ResultsFolder(tmp_path)
    path = folder.write(name, "older and much longer content")
    assert folder.write(name, content) == path == tmp_path / name
    assert path.read_bytes() == "Größe\n".encode()
    assert _names(tmp_path) == {name}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/file/x: got Not a directory"):
        ResultsFolder(tmp_path / "file" / "x")


def test_a_name_that_is_taken_by_a_folder_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "x.json").mkdir()
    with pytest.raises(StoreError, match=f"cannot write at {tmp_path}/x.json: got Is a directory"):
        ResultsFolder(tmp_path).write("x.json", "content")
    assert not _names(tmp_path)


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named_and_the_older_file_stays(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.write("x.json", "older")
    (tmp_path / "x.json.part").symlink_to(FULL_DISK)
    with pytest.raises(
        StoreError, match=f"cannot write at {tmp_path}/x.json: got No space left on device"
    ):
        folder.write("x.json", "newer")
    assert (tmp_path / "x.json").read_text() == "older"
    assert _names(tmp_path) == {"x.json"}


def test_what_killed_processes_have_left_is_tidied_away_and_nothing_else(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path)
    folder.write("summary.json", "{}")
    for left in ("predictions.csv.1.part", "report.html.part"):
        (tmp_path / left).write_text("half", encoding="utf-8")
    folder.tidy()
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
