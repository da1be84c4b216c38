"""Folders that a conversion writes into: locked while they are in use, removed where not."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".work-"
LOCK = ".lock"
STALE_S = 24 * 3600
"""When a workspace counts as left where the file system has no locks."""
_FREE, _USED, _UNKNOWN = "free", "used", "unknown"


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """An empty folder, but for its lock, which is gone afterwards unless it was renamed.

    Raises:
        OSError: the parent cannot be written.
    """
    folder, lock = _locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_leftovers(parent: Path) -> None:
    """Remove the workspaces of processes that were killed: those that nobody holds the lock of."""
    with suppress(OSError):
        for name in os.listdir(parent):
            if name.startswith(PREFIX):
                with suppress(OSError):
                    _remove_unused(parent / name)


def discard(path: Path) -> None:
    """Take away what lies in a cache, a folder, a file or a link, by one rename.

    No other process ever sees half an entry.
    """
    away = path.with_name(f"{PREFIX}{os.getpid()}-{time.monotonic_ns()}")
    with suppress(OSError):
        os.rename(path, away)
        _remove(away)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        # Who removes leftovers may come between folder and lock: then there is another folder.
        with suppress(FileNotFoundError):
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _try_lock(lock) != _USED and os.fstat(lock).st_nlink:
                return folder, lock
            os.close(lock)


def _remove_unused(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    is_old = time.time() - path.stat().st_mtime > STALE_S
    lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        state = _try_lock(lock)
        if state == _FREE or (state == _UNKNOWN and is_old):
            _remove(path)
    finally:
        os.close(lock)


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _try_lock(lock: int) -> str:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _USED
    except OSError:
        return _UNKNOWN
    return _FREE
