"""The names of the files of all images."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.metadata.writing import entry_names


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


@given(st.lists(st.text("aA/.b_", min_size=1, max_size=6), min_size=1, unique=True))
def test_no_two_images_share_a_file(paths: list[str]) -> None:
    names = entry_names(paths)
    assert len({name.casefold() for name in names}) == len(paths)
    assert all(os.sep not in name and name.endswith(".json") for name in names)
