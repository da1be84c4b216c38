"""The reader of .npz archives."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS

from producer.intake.formats import Kind
from producer.intake.readers.npz import read
from shared.errors import DataError
from shared.intake.found import collect
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits

CLASSES = np.array(["a", "b", "ü"])


def _read(path: Path, *, layout: str | None = None, limits: Limits = Limits()) -> ImageSet:
    with intake_parts.job(Kind.NPZ, path, layout=layout, limits=limits) as job:
        return collect(read(job), where=job.where)


def _zip(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_images_labels_and_classes_are_read(tmp_path: Path, save: Callable[..., None]) -> None:
    save(tmp_path / "a.npz", images=GRAY, labels=LABELS, classes=CLASSES)
    images = _read(tmp_path / "a.npz")
    assert np.array_equal(images.stack, GRAY)
    assert images.labels is not None and np.array_equal(images.labels, LABELS)
    assert images.classes == ("a", "b", "ü")


def test_a_split_is_chosen_by_the_layout(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=GRAY, y_train=LABELS, x_test=GRAY[:2], y_test=LABELS[:2])
    assert len(_read(tmp_path / "a.npz", layout="test")) == 2
    with pytest.raises(DataError, match="--layout"):
        _read(tmp_path / "a.npz")


def test_images_of_several_sizes_lie_one_after_the_other(tmp_path: Path) -> None:
    shapes = np.array([[2, 5, 1], [4, 5, 1]])
    np.savez(tmp_path / "a.npz", pixels=GRAY.ravel()[:30], shapes=shapes, labels=[1, 0])
    images = _read(tmp_path / "a.npz")
    assert [image.shape for image in images.images] == [(2, 5), (4, 5)]
    assert images.labels is not None and images.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("pixels", "shapes", "message"),
    [
        (GRAY.ravel(), [[2, 5, 1]], "images do not fit in a.npz: expected 10 pixels"),
        (GRAY.ravel(), [[2**40, 2**40, 2**40]], "images do not fit"),
        (GRAY.ravel(), [2, 5, 1], "images do not fit"),
        (GRAY.ravel()[:10], [[-2, -5, 1]], "images do not fit"),
        (GRAY, [[4, 5, 6]], "images do not fit"),
        (GRAY.ravel().astype(float), [[4, 5, 6]], "images do not fit"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    tmp_path: Path, pixels: Any, shapes: Any, message: str
) -> None:
    np.savez(tmp_path / "a.npz", pixels=pixels, shapes=np.array(shapes))
    with pytest.raises(DataError, match=message):
        _read(tmp_path / "a.npz")


def _unlike(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "not a .npz archive in a.npz: .* got none"),
        ({"a.txt": b"x"}, "not a .npz archive .* got a.txt"),
        ({"images.npy": b"x"}, "not a .npy file in images.npy of a.npz"),
        ({"images.npy": b""}, "not a .npy file"),
        ({f"{k}.npy": b"" for k in range(1001)}, "too many arrays in a.npz: expected at most 1000"),
        ({"big.npy": bytes(2**20 + 1)}, "too much data unpacked in a.npz: .* got 1,048,577"),
        ({"images.npy": _npy(np.array([{}], object))}, "wrong type of values in images.npy"),
        ({"images.npy": _npy(GRAY)[:-1]}, "damaged .npy file"),
        ({"nothing.npy": _npy(np.zeros(3))}, " in a.npz"),
    ],
)
def test_archives_without_an_image_set_are_refused(
    tmp_path: Path, members: dict[str, bytes], message: str
) -> None:
    _zip(tmp_path / "a.npz", members)
    with pytest.raises(DataError, match=message):
        _read(tmp_path / "a.npz", limits=Limits(file_bytes=2**20))


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_are_refused(tmp_path: Path, how: int) -> None:
    _zip(tmp_path / "a.npz", {"images.npy": _npy(GRAY)}, how)
    with pytest.raises(DataError, match="images.npy cannot be unpacked"):
        _read(tmp_path / "a.npz")


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    _zip(tmp_path / "a.npz", {"ab.npy": _npy(GRAY), "xy.npy": _npy(GRAY)})
    with pytest.raises(DataError, match="damaged .npz archive .* expected each name once"):
        _read(_unlike(tmp_path / "a.npz", b"xy.npy", b"ab.npy"))


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wrong_checksum_is_found(tmp_path: Path, how: int) -> None:
    data = _npy(GRAY)
    _zip(tmp_path / "a.npz", {"images.npy": data}, how)
    crc = struct.pack("<I", zlib.crc32(data))
    with pytest.raises(DataError, match="damaged "):
        _read(_unlike(tmp_path / "a.npz", crc, b"\1\2\3\4"))


def test_a_size_that_is_not_true_is_found(tmp_path: Path) -> None:
    data = _npy(GRAY)
    for size in (len(data) - 1, len(data) + 1):
        _zip(tmp_path / "a.npz", {"images.npy": data})
        old, new = struct.pack("<I", len(data)), struct.pack("<I", size)
        with pytest.raises(DataError, match="damaged "):
            _read(_unlike(tmp_path / "a.npz", old, new))


@pytest.mark.parametrize("length", [0, 10, 100, 300])
def test_an_archive_that_was_cut_is_refused(tmp_path: Path, length: int) -> None:
    np.savez(tmp_path / "a.npz", images=GRAY)
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:length])
    with pytest.raises(DataError, match="damaged .npz archive in a.npz"):
        _read(tmp_path / "a.npz")
