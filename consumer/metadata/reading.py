"""Reads a file as a whole, and nothing that is no file."""

from __future__ import annotations

import os
import stat

from shared.errors import DataError
from shared.intake.limits import Limits

MOST_BYTES = Limits().file_bytes
_KINDS = (
    (stat.S_ISDIR, "a folder without images"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def shown_path(path: str) -> str:
    """A path as text that every file and terminal takes: bytes that are no UTF-8 as ``\\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def read_file(path: str, *, most: int = MOST_BYTES) -> bytes:
    """Read a regular file.

    Args:
        path: of the file; a link is followed.
        most: bytes that are taken.

    Raises:
        DataError: there is none, it may not be read, is no regular file, or is too large.
    """
    where = shown_path(path)
    try:
        # Without O_NONBLOCK to open a pipe waits for its writer.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            _check(os.fstat(number), where, most)
            with open(number, "rb", closefd=False) as file:
                data = file.read(most + 1)
        finally:
            os.close(number)
    except (OSError, ValueError) as error:
        got = getattr(error, "strerror", None) or error
        raise DataError("cannot read the file", where=where, got=got) from error
    if len(data) > most:
        raise _too_large(where, most, "more")
    return data


def _check(status: os.stat_result, where: str, most: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        got = next((name for holds, name in _KINDS if holds(status.st_mode)), "something else")
        raise DataError("not a file", where=where, expected="a regular file", got=got)
    if status.st_size > most:
        raise _too_large(where, most, f"{status.st_size:,}")


def _too_large(where: str, most: int, got: str) -> DataError:
    return DataError("file too large", where=where, expected=f"at most {most:,} bytes", got=got)
