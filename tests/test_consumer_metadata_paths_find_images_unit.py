"""Files, folders and patterns, in the order that people expect."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_samples import encoded, picture

from consumer.metadata.paths import Wanted, find_images, natural_key

NAMES = ("10.png", "2.png", "a/3.JPG", "a/b/1.gif", "B.tif", "ä ö.webp", "notes.txt", "empty.bin")
WHOLE = (
    "./2.png",
    "./10.png",
    "./a/3.JPG",
    "./a/b/1.gif",
    "./B.tif",
    "./really_an_image",
    "./ä ö.webp",
)


@pytest.fixture(name="folder")
def make_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of images and other files, hidden ones among them; and the working directory."""
    for name in (*NAMES, ".hidden.png", ".cache/x.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "really_an_image").write_bytes(encoded(picture(), "PNG"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_folder_stands_for_its_images_in_natural_order() -> None:
    assert find_images(["."]) == Wanted(
        files=WHOLE,
        passed_over=2,
    )


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        (["10.png", "2.png"], ("10.png", "2.png")),
        (["*.png"], ("2.png", "10.png")),
        (["**/*.[Jg]*"], ("a/3.JPG", "a/b/1.gif")),
        (["a*"], ("a/3.JPG", "a/b/1.gif")),
        (["10.png", "*.png", "10.png"], ("10.png", "2.png")),
        (["notes.txt", "no.png"], ("notes.txt", "no.png")),
        (["nothing*", "a/b"], ("nothing*", "a/b/1.gif")),
        ([".cache/x.png"], (".cache/x.png",)),
        ([".cache"], (".cache/x.png",)),
        (["a/b/1.gif", "./a//b/1.gif", "a/b/../b/1.gif", "a/b"], ("a/b/1.gif",)),
        (["10.png", "./10.png", "."], ("10.png", *WHOLE[:1], *WHOLE[2:])),
        ([".", "*.png"], WHOLE),
        (["empty.bin/", "empty.bin", ""], ("empty.bin/", "")),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_asked_for_is_found(asked: list[str], files: tuple[str, ...]) -> None:
    assert find_images(asked).files == files


def test_linked_folders_are_one_folder_but_a_linked_file_is_a_file(folder: Path) -> None:
    (folder / "other").symlink_to("a/b")
    (folder / "link.png").symlink_to("2.png")
    asked = ["a/b/1.gif", "other/1.gif", str(folder / "a" / "b"), "other/../3.JPG", "link.png"]
    assert find_images([*asked, "2.png"]).files == (
        "a/b/1.gif",
        "other/../3.JPG",
        "link.png",
        "2.png",
    )
    assert find_images(["a/3.JPG", "other/../3.JPG"]).files == ("a/3.JPG",)


def test_a_file_may_be_called_like_a_pattern(folder: Path) -> None:
    (folder / "[1].png").touch()
    assert find_images(["[1].png"]).files == ("[1].png",)


def test_a_folder_without_images_stands_there_as_it_was_given(folder: Path) -> None:
    (folder / "none").mkdir()
    (folder / "none" / "x.txt").touch()
    assert find_images(["none", "2.png"]) == Wanted(files=("none", "2.png"), passed_over=1)


def test_links_to_files_count_links_to_folders_and_pipes_without_suffix_do_not(
    folder: Path,
) -> None:
    inside = folder / "c"
    inside.mkdir()
    (inside / "link.png").symlink_to("nowhere")
    (inside / "loop").symlink_to(folder)
    (inside / "gone").symlink_to("nowhere")
    os.mkfifo(inside / "pipe")
    os.mkfifo(inside / "pipe.png")
    assert find_images(["c"]) == Wanted(files=("c/link.png", "c/pipe.png"), passed_over=2)


def test_names_that_are_no_utf_8_are_found(folder: Path) -> None:
    with open(os.fsencode(folder) + b"/a/\xff.png", "wb"):
        pass
    assert os.fsencode(find_images(["a"]).files[-1]) == b"a/\xff.png"


@given(st.lists(st.text("a1b2/.0é", min_size=1, max_size=8), unique=True))
def test_the_order_is_total(names: list[str]) -> None:
    keys = [natural_key(name) for name in names]
    assert len(set(keys)) == len(keys)
    assert sorted(names, key=natural_key) == sorted(reversed(names), key=natural_key)


@pytest.mark.parametrize(
    "ordered",
    [
        ("2.png", "10.png"),
        ("a/z", "a b"),
        ("img9", "img010", "img11"),
        ("1" * 30, "2" * 30),
        ("a", "B", "c"),
    ],
)
def test_numbers_count_by_their_value(ordered: tuple[str, ...]) -> None:
    assert tuple(sorted(reversed(ordered), key=natural_key)) == ordered
