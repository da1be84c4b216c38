"""load_named from folders, with nothing to download."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny

from producer.datasets.named import load_named
from shared.errors import DataError, DownloadError
from shared.intake.imageset import ImageSet


@pytest.fixture(autouse=True)
def tiny_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog knows the tiny data set alone, and no address."""
    tiny.publish(monkeypatch)


def load(data_dir: Path | None, cache_dir: Path, split: str = "test") -> ImageSet:
    """Load the tiny data set without downloading."""
    return load_named(tiny.NAME, split, data_dir=data_dir, cache_dir=cache_dir, download=False)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("folder", ["data", f"data/{tiny.NAME}", f"cache/{tiny.NAME}"])
def test_files_are_found_in_each_folder(tmp_path: Path, folder: str, compressed: bool) -> None:
    (tmp_path / "data").mkdir()
    tiny.place(tmp_path / folder, compressed=compressed)
    images = load(tmp_path / "data", tmp_path / "cache")
    np.testing.assert_array_equal(images.images, tiny.PIXELS)
    assert images.labels is not None
    assert images.labels.tolist() == tiny.LABELS.tolist()
    assert images.classes == tiny.CLASSES
    assert images.where == "fashion-mnist:test"


def test_a_folder_of_its_own_name_comes_before_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / tiny.IMAGES_FILE).write_bytes(b"of another data set")
    tiny.place(tmp_path / tiny.NAME)
    assert len(load(tmp_path, tmp_path / "cache")) == 6


def test_files_that_were_compressed_again_are_accepted(tmp_path: Path) -> None:
    for name, content in tiny.CONTENT.items():
        again = gzip.compress(gzip.decompress(content), compresslevel=1, mtime=5)
        assert again != content
        (tmp_path / name).write_bytes(again)
    assert len(load(tmp_path, tmp_path / "cache")) == 6


def test_a_cached_file_needs_no_network(tmp_path: Path) -> None:
    tiny.place(tmp_path / tiny.NAME)
    images = load_named(tiny.NAME, "test", data_dir=None, cache_dir=tmp_path)
    assert len(images) == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (tiny.CONTENT[tiny.LABELS_FILE], "wrong checksum in .*t10k-images.*: expected MD5 .*, got"),
        (b"<html>", "not an IDX file in .*t10k-images-idx3-ubyte.gz"),
        (tiny.CONTENT[tiny.IMAGES_FILE][:-1], "truncated gzip file in .*t10k-images"),
        (b"", "not an IDX file in .*t10k-images.* got an empty file"),
    ],
)
def test_a_damaged_file_of_the_user_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    tiny.place(tmp_path)
    (tmp_path / tiny.IMAGES_FILE).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load(tmp_path, tmp_path / "cache")


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    tiny.place(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="cannot read the file at .*t10k.*: got Permission denied"):
        load(tmp_path, tmp_path / "cache")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder in .*/absent: expected a folder with IDX"):
        load(tmp_path / "absent", tmp_path)


@pytest.mark.parametrize(
    ("name", "split", "message"),
    [
        ("cifar", "test", "unknown data set: expected fashion-mnist, got 'cifar'"),
        (tiny.NAME, "train", "unknown split in fashion-mnist: expected test, got 'train'"),
    ],
)
def test_unknown_names_are_refused(tmp_path: Path, name: str, split: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_named(name, split, data_dir=None, cache_dir=tmp_path)


def test_where_it_looked_is_said(tmp_path: Path) -> None:
    message = (
        f"t10k-images-idx3-ubyte.gz not found, and downloading is off in {tmp_path}/fashion-mnist, "
        f"{tmp_path}, {tmp_path}/cache/fashion-mnist"
    )
    with pytest.raises(DownloadError, match=message):
        load(tmp_path, tmp_path / "cache")
