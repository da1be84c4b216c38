"""Reads one file of a folder as a whole."""

from __future__ import annotations

from pathlib import Path

from producer.intake.source import open_regular
from shared.errors import DataError

_READABLE = "make it a file that this user may read"
_SMALLER = "make it smaller, or leave it out"


def read_whole(path: Path, *, where: str, most: int) -> bytes:
    """Read a file.

    Args:
        path: the file.
        where: what to call it in an error.
        most: bytes that it may have.

    Raises:
        DataError: it is missing, unreadable, no regular file, or too large.
    """
    try:
        with open_regular(path) as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise DataError(
            "cannot read the file", where=where, got=error.strerror, hint=_READABLE
        ) from error
    if len(data) > most:
        expected = f"at most {most:,} bytes"
        raise DataError("file too large", where=where, expected=expected, got="more", hint=_SMALLER)
    return data
