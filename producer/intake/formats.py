"""Which kind of data a path holds: by its name, and where that says nothing by its first bytes."""

from __future__ import annotations

import re
import stat
from enum import StrEnum
from itertools import chain
from pathlib import Path

from shared.errors import DataError
from shared.intake.suffixes import IMAGE_SUFFIXES
from shared.recording.name import SUFFIX, is_recording


class Kind(StrEnum):
    """What a data set is read from."""

    PICKLE = "pickle"
    NPY = "npy"
    NPZ = "npz"
    IDX = "idx"
    VIDEO = "video"
    RECORDING = "recording"
    FOLDER = "folder"
    TABLE = "table"
    IDX_FOLDER = "idx-folder"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder rather than one file."""
        return self in (Kind.FOLDER, Kind.TABLE, Kind.IDX_FOLDER)

    @property
    def is_bulk(self) -> bool:
        """Whether reading it takes long by its nature."""
        return self in (Kind.FOLDER, Kind.TABLE, Kind.VIDEO)


TAKEN = (
    "a pickle (.pkl, .pickle, .p), .npy, .npz, IDX (.idx3-ubyte, -ubyte, .gz), "
    f"a video (.mp4, .avi, .mov, .mkv, .webm), a recording ({SUFFIX}) or a folder of images"
)
TABLE_SUFFIXES = (".csv", ".tsv")
_SUFFIXES = {
    **dict.fromkeys((".pkl", ".pickle", ".p"), Kind.PICKLE),
    **dict.fromkeys((".mp4", ".m4v", ".avi", ".mov", ".mkv", ".webm", ".mpg"), Kind.VIDEO),
    **dict.fromkeys((".mpeg", ".wmv", ".flv", ".ogv"), Kind.VIDEO),
    ".npy": Kind.NPY,
    ".npz": Kind.NPZ,
}
_STARTS = {
    b"\x80": Kind.PICKLE,
    b"\x93NUMPY": Kind.NPY,
    b"\0\0\x08\1": Kind.IDX,
    b"\0\0\x08\2": Kind.IDX,
    b"\0\0\x08\3": Kind.IDX,
    b"\0\0\x08\4": Kind.IDX,
}
_IDX_NAME = re.compile(r"\.idx\d?(-ubyte)?(\.gz)?$|-ubyte(\.gz)?$", re.IGNORECASE)
_START_BYTES = 8
_NAME_IT = "name it .pkl if it is a pickle, else by its format"
_HINTS = {
    **dict.fromkeys(TABLE_SUFFIXES, "give the folder that the table and its images lie in"),
    **dict.fromkeys((".zip", ".tar", ".tgz"), "unpack it and give the folder"),
    ".gz": "decompress it first, with gunzip",
    **dict.fromkeys(
        (".pt", ".pth", ".h5", ".hdf5", ".parquet", ".mat", ".joblib"),
        "save the images as numpy arrays: numpy.savez('images.npz', images=..., labels=...)",
    ),
    **dict.fromkeys(
        chain.from_iterable(IMAGE_SUFFIXES.values()), "give the folder that the images lie in"
    ),
}


def is_idx_name(name: str) -> bool:
    """Whether a file of this name is read as IDX."""
    return _IDX_NAME.search(name) is not None


def kind_of_file(path: Path) -> Kind:
    """Say which kind of data one file holds.

    What is named a pickle is read as a pickle and nothing else; the same holds for every other
    name that is known. Only a file whose name says nothing is judged by its first bytes.

    Raises:
        DataError: it is missing, unreadable, no regular file, or of no kind that is taken.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError("not a file or folder", where=path, expected=TAKEN)
        kind = _by_name(path)
        return kind if kind is not None else _by_start(path)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError("no such file", at=path, expected=TAKEN) from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def unreadable(path: object, error: Exception) -> DataError:
    """The error of a file that the system does not let us read."""
    reason = error.strerror if isinstance(error, OSError) else error
    return DataError("cannot read the file", at=path, got=reason)


def _by_name(path: Path) -> Kind | None:
    if is_recording(path):
        return Kind.RECORDING
    if is_idx_name(path.name):
        return Kind.IDX
    return _SUFFIXES.get(path.suffix.lower())


def _by_start(path: Path) -> Kind:
    with path.open("rb") as stream:
        start = stream.read(_START_BYTES)
    for magic, kind in _STARTS.items():
        if start.startswith(magic):
            return kind
    got = repr(path.suffix) if path.suffix else "no suffix"
    hint = _HINTS.get(path.suffix.lower(), _NAME_IT)
    raise DataError("unsupported file type", where=path, expected=TAKEN, got=got, hint=hint)
