"""Reader of users' pickles that builds nothing but numpy arrays and plain containers.

A pickle names functions to call, so none of the named ones is ever called or imported here: each
name that honest files need stands for a builder of our own that checks its arguments and keeps
them, and every other name is refused. ``numpy``'s own functions are not used behind the names
either, because crafted arguments crash them. For the same reason it is the unpickler in Python
that reads: that in C dies of 2 MB of nested tuples used as a key, and takes 4 GiB for 8 bytes.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import BinaryIO

import numpy as np

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.layouts import imageset_from_layout
from shared.intake.pickle_machine import ClosedUnpickler
from shared.intake.pickle_parts import Refused, plain

MAX_PICKLE_BYTES = 512 * 2**20
PICKLE_PROTOCOL = 4
_NOT_PICKLES = {
    b"PK\x03\x04": "a zip or .npz archive",
    b"\x93NUMPY": "a .npy file",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a PNG image",
    b"\x89HDF": "an HDF5 file",
    b"<": "a text such as HTML",
    b"{": "a text such as JSON",
}
# All that the unpickler raises for damaged or crafted input; DataError is none of them.
_READING_ERRORS = (
    pickle.PickleError,
    ArithmeticError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    RuntimeError,
    SystemError,
    TypeError,
    ValueError,
    struct.error,
)


def load_pickle(stream: BinaryIO, *, where: str) -> ImageSet:
    """Read an image set from a user's pickle, of any protocol, without running anything in it.

    Args:
        stream: the file, at its beginning; at most 512 MiB.
        where: what to call the file in an error.

    Returns:
        The images, labels and class names found; see :mod:`shared.intake.layouts` for the
        layouts that are recognised.

    Raises:
        DataError: the file is too large, damaged, no pickle, asks for anything else than arrays
            of plain dtypes in plain containers, or holds no image set.
    """
    return imageset_from_layout(_read(stream, where), where=where)


def dump_pickle(images: ImageSet, stream: BinaryIO) -> None:
    """Write an image set as a pickle that both ``load_pickle`` and a stock ``pickle`` read.

    The pickle is a dict: ``images`` uint8, ``labels`` int64 or None, ``classes`` a list of str.
    """
    content = {
        "images": np.ascontiguousarray(images.images),
        "labels": images.labels,
        "classes": list(images.classes),
    }
    pickle.dump(content, stream, protocol=PICKLE_PROTOCOL)


def _read(stream: BinaryIO, where: str) -> object:
    data = stream.read(MAX_PICKLE_BYTES + 1)
    _check_start(data, where)
    buffer = io.BytesIO(data)
    try:
        value = plain(ClosedUnpickler(buffer, len(data)).load())
    except Refused as refusal:
        raise DataError(
            refusal.what, where=where, expected=refusal.expected, got=refusal.got
        ) from refusal
    except _READING_ERRORS as error:
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise DataError(
            "unreadable pickle", where=where, expected="a complete pickle", got=reason
        ) from error
    if buffer.tell() < len(data):
        got = f"{len(data) - buffer.tell():,} more"
        raise DataError("bytes after the pickle", where=where, expected="none", got=got)
    return value


def _check_start(data: bytes, where: str) -> None:
    if not data:
        raise DataError("empty file", where=where, expected="a pickle")
    if len(data) > MAX_PICKLE_BYTES:
        expected = f"at most {MAX_PICKLE_BYTES:,} bytes"
        raise DataError("file too large", where=where, expected=expected, got="more")
    for start, kind in _NOT_PICKLES.items():
        if data.startswith(start):
            raise DataError("not a pickle", where=where, expected="a pickle", got=kind)
