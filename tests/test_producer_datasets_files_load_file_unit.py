"""load_file: which files are recognised, and what is said of the others."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import tiny_dataset as tiny

from producer.datasets.create import write_pickle
from producer.datasets.files import load_file
from shared.errors import DataError


@pytest.mark.parametrize("name", ["a.pickle", "a.pkl", "A.PICKLE", "a.bin", "noname"])
def test_a_pickle_is_recognised_by_its_name_or_its_first_byte(tmp_path: Path, name: str) -> None:
    write_pickle(tiny.image_set(), tmp_path / name)
    assert load_file(tmp_path / name).digest() == tiny.image_set().digest()


def test_a_text_pickle_is_recognised_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(tiny.PIXELS, 0))
    assert len(load_file(tmp_path / "a.pkl")) == 6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npz", b"PK", r"unsupported .*a.npz: expected .pickle, .pkl or .session, got '.npz'"),
        ("noname", b"", "unsupported file type in .*noname: .* got no suffix"),
        ("a.pickle", b"", "empty file in .*a.pickle: expected a pickle"),
        ("a.pickle", b"<html>", "not a pickle in .*a.pickle: .* got a text such as HTML"),
        ("a.bin", b"\x80\x04", "unreadable pickle in .*a.bin"),
    ],
)
def test_what_is_no_pickle_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_file(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file at .*absent.pickle: expected a pickle"):
        load_file(tmp_path / "absent.pickle")


def test_a_folder_and_a_pipe_are_refused_without_opening_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pickle")
    for path in (tmp_path, tmp_path / "pipe.pickle"):
        with pytest.raises(DataError, match="not a file in .*: expected a pickle with images"):
            load_file(path)


@pytest.mark.parametrize("step", ["stat", "open"], ids=["in a closed folder", "closed itself"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.pickle").touch()
    monkeypatch.setattr(Path, step, refuse)
    with pytest.raises(
        DataError, match="cannot read the file at .*a.pickle: got Permission denied"
    ):
        load_file(tmp_path / "a.pickle")
