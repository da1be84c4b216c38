"""Write a file that is either complete on disk or not there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from shared.errors import StoreError


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file that is either complete on disk or not there; replaces what was.

    Args:
        path: the file.
        write: writes its content into an open file.

    Raises:
        StoreError: the folder is missing, or it cannot be written.
    """
    if os.path.exists(path) and not path.is_file():
        raise StoreError("cannot write", at=path, expected="a file", got="something else there")
    # Nobody can guess its name, and what is there already is not opened: no link is followed.
    temporary = path.with_name(f".{secrets.token_hex(16)}.tmp")
    try:
        with temporary.open("xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError("cannot write", at=path, got=error.strerror) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
