"""The .npy format, read from memory: a header that is checked, then the array, not copied."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from shared.errors import DataError

Buffer = Any
"""bytes, memoryview or mmap: what numpy can look into."""
MAX_HEADER_BYTES = 10_000
MAX_DIMENSIONS = 32
_AGAIN = "write it again with numpy.save, or fetch it again"
KINDS = "biufSU"
_MAGIC_BYTES = 8
_Header = tuple[tuple[int, ...], bool, np.dtype[Any]]
_HEADERS: dict[tuple[int, int], Callable[..., _Header]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}
_READING_ERRORS = (
    EOFError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
)


def array_from_npy(data: Buffer, *, where: str) -> NDArray[Any]:
    """Give the array of a .npy file as a view of its bytes; pickled objects are refused.

    Args:
        data: the whole file.
        where: what to call it in an error.

    Returns:
        A read-only view of whole numbers, floats, booleans or text, in the order of the file.

    Raises:
        DataError: no .npy file, of objects or records, or of another length than announced.

    Source:
        NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
    """
    start = io.BytesIO(bytes(data[: MAX_HEADER_BYTES + 16]))
    shape, fortran, dtype = _header(start, where)
    if dtype.kind not in KINDS or dtype.hasobject:
        _fail("wrong type of values", where, "numbers or text", dtype.name[:100])
    if len(shape) > MAX_DIMENSIONS or not all(side >= 0 for side in shape):
        _fail("wrong shape", where, f"at most {MAX_DIMENSIONS} dimensions", str(shape)[:100])
    count, offset = math.prod(shape), start.tell()
    if offset + count * dtype.itemsize != len(data):
        expected = f"{offset + count * dtype.itemsize:,} bytes for {str(shape)[:100]} {dtype}"
        _fail("damaged .npy file", where, expected, f"{len(data):,}")
    flat = np.frombuffer(data, dtype, count, offset) if count else np.empty(0, dtype)
    array = flat.reshape(shape, order="F" if fortran else "C")
    array.flags.writeable = False
    return array


def _header(start: io.BytesIO, where: str) -> _Header:
    first = start.read(_MAGIC_BYTES)
    if not first.startswith(npy.MAGIC_PREFIX):
        _fail("not a .npy file", where, "a file that begins with \\x93NUMPY", repr(first))
    version = (first[6], first[7]) if len(first) == _MAGIC_BYTES else (0, 0)
    reader = _HEADERS.get(version)
    if reader is None:
        _fail("wrong version of the .npy format", where, "1.0 or 2.0", ".".join(map(str, version)))
    try:
        with warnings.catch_warnings():
            # That a header was written by Python 2 is no news for a user.
            warnings.simplefilter("ignore")
            return reader(start, max_header_size=MAX_HEADER_BYTES)
    except _READING_ERRORS as error:
        # Some of these have more than words, such as places in the header.
        words = str(error.args[0] if error.args else type(error).__name__)
        got = words.partition("\n")[0].partition(":")[0][:200]
        raise DataError("damaged .npy header", where=where, got=got, hint=_AGAIN) from error


def _fail(what: str, where: str, expected: object, got: object) -> NoReturn:
    hint = _AGAIN
    if what.startswith("wrong type"):
        hint = "save plain arrays: images.astype('uint8')"
    raise DataError(what, where=where, expected=expected, got=got, hint=hint)
