"""Tests of the file of choices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consumer.classifier.paths.kept import FILE, MOST, KeptChoices


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    KeptChoices(folder).keep("k", "int8")
    KeptChoices(folder).keep("l", "eager-fp32")
    KeptChoices(folder).keep("k", "eager-bf16")
    again = KeptChoices(folder)
    assert [again.find(key) for key in ("k", "l", "m")] == ["eager-bf16", "eager-fp32", None]
    assert [path.name for path in folder.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 2, "choices": {"k": "int8"}}',
        '{"format": 1, "choices": []}',
        '{"format": 1, "choices": null}',
        "[" * 60_000,
        "\xff",
    ],
)
def test_a_damaged_file_holds_nothing_and_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="latin-1")
    kept = KeptChoices(tmp_path)
    assert kept.find("k") is None
    kept.keep("k", "int8")
    assert kept.find("k") == "int8"


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = KeptChoices(tmp_path / "file")
    kept.keep("k", "int8")
    assert kept.find("k") is None


def test_a_folder_in_the_place_of_the_file_is_no_error(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    kept = KeptChoices(tmp_path)
    kept.keep("k", "int8")
    assert kept.find("k") is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_latest_are_kept(tmp_path: Path) -> None:
    kept = KeptChoices(tmp_path)
    for number in range(MOST + 3):
        kept.keep(str(number), "int8")
    found = json.loads((tmp_path / FILE).read_text())["choices"]
    assert list(found) == [str(number) for number in range(3, MOST + 3)]
