"""Users' pickles: read by a closed machine that runs nothing, and written for any reader.

The machine is in :mod:`shared.intake.closed`; ``pickle.load`` is never called on a file.
"""

from __future__ import annotations

import pickle
from typing import BinaryIO

import numpy as np

from shared.errors import PickleRefused
from shared.intake.closed.formats import HEAD_BYTES, foreign_format
from shared.intake.closed.machine import run
from shared.intake.closed.refusal import WRITE_AGAIN, Refused
from shared.intake.closed.state import Buffer
from shared.intake.imageset import ImageSet
from shared.intake.layouts import imageset_from_layout
from shared.intake.layouts.pixels import Decode
from shared.intake.limits import Limits
from shared.intake.ragged import RaggedImages

PICKLE_PROTOCOL = 4
NO_PICKLE = "not a pickle"
"""What is refused where a file is of another format."""
# None of these is known to come out of the machine; whatever does is the file's fault, not ours.
_LAST_NET = (
    ArithmeticError,
    AttributeError,
    BufferError,
    LookupError,
    RecursionError,
    SystemError,
    TypeError,
    ValueError,
)


def parse_pickle(data: Buffer, *, where: str, limits: Limits = Limits()) -> object:
    """Read a pickle of any protocol, without running anything in it.

    Args:
        data: all of the file; arrays of the result are views of it, so it may not change.
        where: what to call the file in an error.
        limits: how much of it is taken.

    Returns:
        What it holds: dict, list, tuple, str, bytes, int, float, bool, None, and arrays of plain
        dtypes that cannot be written. Bytes and text that Python 2 wrote as its ``str`` are bytes;
        an array of objects is a list.

    Raises:
        PickleRefused: the file is damaged, too large, no pickle, or asks for anything else.
        MemoryError: the process may not have the memory that it takes; the file may be good.
    """
    _check_start(data, where, limits)
    try:
        return run(data, limits)
    except Refused as no:
        raise PickleRefused(
            no.what,
            where=where,
            offset=no.offset or 0,
            expected=no.expected,
            got=no.got,
            hint=no.hint,
        ) from no
    except _LAST_NET as error:
        raise PickleRefused(
            "unreadable pickle",
            where=where,
            offset=0,
            expected="a complete pickle",
            got=type(error).__name__,
            hint=WRITE_AGAIN,
        ) from error


def load_pickle(
    stream: BinaryIO,
    *,
    where: str,
    limits: Limits = Limits(),
    layout: str | None = None,
    decode: Decode | None = None,
) -> ImageSet:
    """Read an image set from a user's pickle, of any protocol, without running anything in it.

    Args:
        stream: the file, at its beginning.
        where: what to call the file in an error.
        limits: how much of it is taken.
        layout: what the user says where a file can be seen in two ways; None for nothing.
        decode: makes pixels of the bytes of an image file; None refuses image files.

    Returns:
        The images, labels and class names found; see :mod:`shared.intake.layouts` for the
        layouts that are recognised.

    Raises:
        PickleRefused: as :func:`parse_pickle`, also where the memory does not suffice.
        DataError: the file is read, but holds no image set, or image files that nothing decodes.
    """
    try:
        data = stream.read(limits.file_bytes + 1)
        value = parse_pickle(data, where=where, limits=limits)
        return imageset_from_layout(value, where=where, layout=layout, decode=decode, limits=limits)
    except MemoryError as error:
        raise PickleRefused(
            "reading took too much memory",
            where=where,
            offset=0,
            expected="no more than there is",
            got="more",
            hint="give the machine or container more memory, or save fewer images",
        ) from error


def dump_pickle(images: ImageSet, stream: BinaryIO) -> None:
    """Write an image set as a pickle that both ``load_pickle`` and a stock ``pickle`` read.

    The pickle is a dict: ``images`` uint8, one array or, where they are of several sizes, a list
    of arrays; ``labels`` int64 or None; ``classes`` a list of str.
    """
    pixels = images.images
    content = {
        "images": (
            list(pixels) if isinstance(pixels, RaggedImages) else np.ascontiguousarray(pixels)
        ),
        "labels": images.labels,
        "classes": list(images.classes),
    }
    pickle.dump(content, stream, protocol=PICKLE_PROTOCOL)


def _check_start(data: Buffer, where: str, limits: Limits) -> None:
    if not data:
        raise PickleRefused(
            "empty file", where=where, offset=0, expected="a pickle", hint=WRITE_AGAIN
        )
    if len(data) > limits.file_bytes:
        expected = f"at most {limits.file_bytes:,} bytes"
        hint = "split it, or save images as numpy arrays in an .npz"
        raise PickleRefused(
            "file too large", where=where, offset=0, expected=expected, got="more", hint=hint
        )
    foreign = foreign_format(bytes(data[:HEAD_BYTES]))
    if foreign:
        raise PickleRefused(
            NO_PICKLE,
            where=where,
            offset=0,
            expected="a pickle",
            got=foreign.name,
            hint=foreign.hint,
        )
