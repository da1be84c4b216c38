"""The names of the files of all images."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.metadata.writing import entry_names, write_entry


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/input/image.png"], ["image.json"]),
        (["a.png", "b.png"], ["a.json", "b.json"]),
        (["a.png", "a.jpg", "b"], ["a.png.json", "a.jpg.json", "b.json"]),
        (["x/cats/a.png", "x/dogs/a.png"], ["cats__a.png.json", "dogs__a.png.json"]),
        (["x/A.png", "x/a.png"], ["A.png.json", "a.png-2.json"]),
        (["a.png", "A.jpg", "b/c.png"], ["a.png.json", "A.jpg.json", "c.json"]),
        (["a.png.png", "a.png", "a.jpg"], ["a.png.json", "a.png-2.json", "a.jpg.json"]),
        (["/"], ["..json"]),
        ([".png"], [".png.json"]),
        (["folder/", "../x y.tif"], ["folder.json", "x y.json"]),
    ],
)
def test_they_are_as_short_as_tells_them_apart(paths: list[str], names: list[str]) -> None:
    assert entry_names(paths) == names


def test_a_name_that_is_too_long_for_a_file_is_shortened() -> None:
    long, umlauts, folders = "a" * 251, "\u00e4" * 125, "/".join(["x" * 100, "y" * 150, "a.png"])
    paths = [f"z/{long}.png", f"z/{long}.gif", f"z/{umlauts}.png", folders, "z/a.png"]
    names = entry_names([*paths, "z/" + "b" * 240 + ".png"])
    hashed = [name.removesuffix(".json").rpartition("-") for name in names[:4]]
    kept = ["a" * 200, "a" * 200, "\u00e4" * 100, "x" * 100 + "__" + "y" * 98]
    assert [start for start, _, _ in hashed] == kept
    assert len({digest for _, _, digest in hashed if len(digest) == 16}) == 4
    assert names[4:] == ["z__a.png.json", "b" * 240 + ".json"]


def test_each_name_that_a_file_can_have_leads_to_one(tmp_path: Path) -> None:
    paths = [
        tmp_path / os.fsdecode(name) for name in (b"a" * 255, b"\xff" * 255, b"\xe4\x80" * 127)
    ]
    for path in paths:
        path.touch()
    names = entry_names([*map(str, paths), str(tmp_path / "b.png")])
    for name in names:
        write_entry(tmp_path / "out", name, "{}")
    assert sorted(os.listdir(tmp_path / "out")) == sorted(names)


@given(st.lists(st.text("aA/.b_", min_size=1, max_size=6), min_size=1, unique=True))
def test_no_two_images_share_a_file(paths: list[str]) -> None:
    names = entry_names(paths)
    assert len({name.casefold() for name in names}) == len(paths)
    assert all(os.sep not in name and name.endswith(".json") for name in names)
