"""foreign_format: other files by how they begin."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from shared.intake.closed.formats import HEAD_BYTES, Format, foreign_format


def written(write: object) -> bytes:
    """What a function writes into a stream."""
    stream = io.BytesIO()
    assert callable(write)
    write(stream)
    return stream.getvalue()


def tar_archive(stream: io.BytesIO) -> None:
    """A tar archive of one file."""
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("data_batch_1"))


def zip_archive(member: str) -> bytes:
    """A zip archive of one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, b"content")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "hint"),
    [
        (written(lambda file: np.save(file, np.zeros(3))), "a .npy array", "name it .npy"),
        (written(lambda file: np.savez(file, x=np.zeros(3))), "an .npz archive", "name it .npz"),
        (zip_archive("images/1.png"), "a zip or .npz archive", "unpack it"),
        (zip_archive("archive/data.pkl"), "a PyTorch file", "save images as numpy arrays"),
        (zip_archive("m/.format_version"), "a PyTorch file", "save images as numpy arrays"),
        (gzip.compress(b"x"), "a gzip file", "gunzip"),
        (written(tar_archive), "a tar archive", "unpack it"),
        (json.dumps({"images": []}).encode(), "a text such as JSON", "savez"),
        (b"  \n<svg>", "a text such as HTML", "download the file itself"),
        (b"\xa5", "other bytes", "pickle.dump"),
        (b"0,1,2\n", "other bytes", "pickle.dump"),
    ],
)
def test_another_format_is_named_with_what_to_do(data: bytes, name: str, hint: str) -> None:
    found = foreign_format(data[:HEAD_BYTES])
    assert isinstance(found, Format)
    assert found.name == name
    assert hint in found.hint


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value", [None, True, 5, 2**40, 2**80, 1.5, "x", b"x", (), [], {}, (1,), np.zeros(3), b"<" * 70]
)
def test_a_pickle_is_no_other_format(value: object, protocol: int) -> None:
    assert foreign_format(pickle.dumps(value, protocol)[:HEAD_BYTES]) is None
