"""write_names: a list of JSON and its digest, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from producer.intake.names import MAX_NAME, write_names


@pytest.mark.parametrize("names", [("a",), ("ü.png", 'a "b"\n', "\udcff", "")])
def test_the_file_holds_the_names_and_the_digest_is_its(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    digest = write_names(tmp_path, names)
    data = (tmp_path / "names.json").read_bytes()
    assert digest == hashlib.sha256(data).hexdigest()
    assert json.loads(data) == list(names)


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    write_names(tmp_path, ("x" * (MAX_NAME + 1), "y" * MAX_NAME))
    names = json.loads((tmp_path / "names.json").read_bytes())
    assert names == ["x" * MAX_NAME, "y" * MAX_NAME]


@pytest.mark.parametrize(("most", "left"), [(12, ["names.json"]), (11, [])])
def test_names_beyond_the_room_for_them_leave_no_file(
    tmp_path: Path, most: int, left: list[str]
) -> None:
    digest = write_names(tmp_path, ("ab", "cd"), most)
    assert os.listdir(tmp_path) == left
    assert (digest is not None) is bool(left)
    assert not left or (tmp_path / "names.json").stat().st_size == 12
