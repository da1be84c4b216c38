"""kind_of_file: a known name counts alone, another one leaves it to the first bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from producer.intake.formats import Kind, kind_of_file
from shared.errors import DataError


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pkl", b"", Kind.PICKLE),
        ("a.pickle", b"\x93NUMPY", Kind.PICKLE),
        ("A.P", b"PK\x03\x04", Kind.PICKLE),
        ("a.bin", b"\x80\x04", Kind.PICKLE),
        ("noname", b"\x80\x02", Kind.PICKLE),
        ("a.npy", b"\x80\x04", Kind.NPY),
        ("noname", b"\x93NUMPY\x01", Kind.NPY),
        ("a.NPZ", b"", Kind.NPZ),
        ("t10k-images-idx3-ubyte", b"", Kind.IDX),
        ("t10k-images-idx3-ubyte.gz", b"", Kind.IDX),
        ("train.idx3", b"", Kind.IDX),
        ("train.IDX.gz", b"", Kind.IDX),
        ("noname", b"\0\0\x08\3", Kind.IDX),
        ("a film.MP4", b"", Kind.VIDEO),
        ("a.webm", b"", Kind.VIDEO),
        ("a.session", b"", Kind.RECORDING),
    ],
)
def test_each_kind_is_known(tmp_path: Path, name: str, content: bytes, kind: Kind) -> None:
    (tmp_path / name).write_bytes(content)
    assert kind_of_file(tmp_path / name) is kind


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "a.xyz",
            r"unsupported file type in .*: expected a pickle .*, got '.xyz'; name it .pkl if it is",
        ),
        ("noname", "got no suffix; name it .pkl if it is a pickle, else by its format$"),
        ("a.csv", "; give the folder that the table and its images lie in$"),
        ("a.tgz", "; unpack it and give the folder$"),
        ("a.pkl.gz", "; decompress it first, with gunzip$"),
        ("a.pt", "; save the images as numpy arrays: numpy.savez"),
        ("a.png", "; give the folder that the images lie in$"),
        ("absent/a.pkl", "no such file at .*absent/a.pkl: expected a pickle"),
        ("a.xyz/a.pkl", "no such file at"),
        ("\0.pkl", "cannot read the file"),
    ],
)
def test_what_is_of_no_kind_is_told_what_is_taken(tmp_path: Path, name: str, message: str) -> None:
    if "/" not in name and "\0" not in name:
        (tmp_path / name).write_bytes(b"something")
    (tmp_path / "a.xyz").touch()
    with pytest.raises(DataError, match=message):
        kind_of_file(tmp_path / name)


def test_pipes_and_devices_are_refused_without_opening_them(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pkl")
    for path in (tmp_path / "pipe.pkl", Path("/dev/zero"), tmp_path):
        with pytest.raises(DataError, match="not a file or folder"):
            kind_of_file(path)


def test_circles_of_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").symlink_to("a.pkl")
    with pytest.raises(DataError, match="cannot read the file at .*a.pkl: got"):
        kind_of_file(tmp_path / "a.pkl")
