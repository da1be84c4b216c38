"""load_file: which files are recognised, and what is said of the others."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny
from structlog.testing import capture_logs

from producer.datasets.create import write_dataset
from producer.datasets.files import load_file
from shared.errors import DataError
from shared.intake.limits import Limits


@pytest.mark.parametrize("name", ["a.pickle", "a.pkl", "A.PICKLE", "a.bin", "noname"])
def test_a_pickle_is_recognised_by_its_name_or_its_first_byte(tmp_path: Path, name: str) -> None:
    write_dataset(tiny.image_set(), tmp_path / "any.pickle")
    (tmp_path / "any.pickle").rename(tmp_path / name)
    assert load_file(tmp_path / name).digest() == tiny.image_set().digest()


def test_a_text_pickle_is_recognised_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(tiny.PIXELS, 0))
    assert len(load_file(tmp_path / "a.pkl")) == 6


def test_what_was_changed_is_logged_each_time(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", tiny.PIXELS.astype(np.int64))
    for _ in range(2):
        with capture_logs() as logs:
            images = load_file(tmp_path / "a.npy", cache_dir=tmp_path / "cache")
        assert np.array_equal(images.stack, tiny.PIXELS)
        told = {(entry["event"], entry["log_level"], entry["dataset"]) for entry in logs}
        assert told == {("dataset-warning", "warning", "a.npy")}
        assert sum("int64" in entry["warning"] for entry in logs) == 1


def test_layout_and_limits_are_handed_on(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", tiny.PIXELS.reshape(6, 16))
    assert load_file(tmp_path / "a.npy", layout="2x8").stack.shape == (6, 2, 8)
    with pytest.raises(DataError, match="too much data"):
        load_file(tmp_path / "a.npy", limits=Limits(file_bytes=5))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npz", b"PK", "damaged .npz archive in .*a.npz"),
        ("a.xyz", b"PK", r"unsupported file type in .*a.xyz: expected a pickle .* got '.xyz'"),
        ("noname", b"", "unsupported file type in .*noname: .* got no suffix"),
        ("a.pickle", b"", "in .*a.pickle at byte 0: expected a pickle"),
        ("a.pickle", b"<html>", "in .*a.pickle at byte 0: .*HTML"),
        ("a.bin", b"\x80\x04", "in .*a.bin at byte"),
    ],
)
def test_what_is_no_data_set_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_file(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file at .*absent.pickle: expected a pickle"):
        load_file(tmp_path / "absent.pickle")


def test_an_empty_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no images found in .*: .* got no files"):
        load_file(tmp_path)
    os.mkfifo(tmp_path / "pipe.pickle")
    with pytest.raises(DataError, match="not a file or folder in .*: expected a pickle"):
        load_file(tmp_path / "pipe.pickle")


@pytest.mark.parametrize("step", ["pathlib.Path.stat", "os.open"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.pickle").touch()
    monkeypatch.setattr(step, refuse)
    with pytest.raises(
        DataError, match="cannot read the file at .*a.pickle: got Permission denied"
    ):
        load_file(tmp_path / "a.pickle")
