"""A file or folder of the user while it is read: opened once, hashed, and watched for changes."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

from producer.intake.formats import TAKEN, Kind, kind_of_file, unreadable
from producer.intake.listing import Listing, kind_of_folder, list_folder
from producer.intake.wire import printable
from shared.errors import DataError, PickleRefused
from shared.intake.limits import Limits


@dataclass(frozen=True, slots=True)
class Source:
    """What is read; a context manager that closes it.

    Args:
        path: the file or folder.
        kind: what it holds.
        size: bytes of the file, or of all files of the folder.
        stream: the open file; None for a folder.
        listing: what lies in the folder; None for a file.
    """

    path: Path
    kind: Kind
    size: int
    stream: BufferedReader | None = None
    listing: Listing | None = None
    _found: os.stat_result | None = None

    def __enter__(self) -> Self:
        """Nothing more to do: it is open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        if self.stream is not None:
            self.stream.close()

    @property
    def where(self) -> str:
        """What to call it in an error: its path on one line."""
        return printable(self.path)

    def sha256(self) -> str:
        """SHA-256 of the file; for a folder, of its files' names and their SHA-256 in order.

        Raises:
            DataError: a file cannot be read.
        """
        try:
            if self.stream is not None:
                return _sha256(self.stream)
            return self._folder_sha256()
        except OSError as error:
            raise unreadable(printable(error.filename or self.path), error) from error

    def check_unchanged(self, limits: Limits) -> None:
        """Make sure that it still is what it was when it was opened.

        Raises:
            DataError: something has written to it meanwhile.
        """
        if self.stream is not None:
            now = os.fstat(self.stream.fileno())
            changed = self._found is None or _has_changed(self._found, now)
        else:
            changed = list_folder(self.path, limits) != self.listing
        if changed:
            raise DataError(
                "the data changed while it was read",
                where=self.where,
                hint="try again once nothing writes to it",
            )

    def _folder_sha256(self) -> str:
        whole = hashlib.sha256()
        for file in self.listing.files if self.listing else ():
            with open_regular(self.path / file.name) as stream:
                digest = _sha256(stream)
            whole.update(os.fsencode(file.name) + b"\0" + digest.encode("ascii") + b"\n")
        return whole.hexdigest()


def open_source(path: Path, limits: Limits) -> Source:
    """Open a file, or list a folder, and say what kind of data it is.

    Raises:
        DataError: it is missing, unreadable, of no kind that is taken, or too large.
    """
    if os.path.isdir(path):
        listing = list_folder(path, limits)
        kind = kind_of_folder(listing, path)
        _check_size(path, kind, listing.size, limits)
        return Source(path, kind, listing.size, listing=listing)
    kind = kind_of_file(path)
    try:
        stream = open_regular(path)
    except OSError as error:
        raise unreadable(path, error) from error
    found = os.fstat(stream.fileno())
    try:
        _check_size(path, kind, found.st_size, limits)
    except DataError:
        stream.close()
        raise
    return Source(path, kind, found.st_size, stream=stream, _found=found)


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading; a pipe or device that took its place is refused, not waited for.

    Raises:
        OSError: it cannot be opened.
        DataError: it is no regular file.
    """
    stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise DataError("not a file or folder", where=path, expected=TAKEN)
    return stream


def _sha256(stream: BufferedReader) -> str:
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _has_changed(before: os.stat_result, now: os.stat_result) -> bool:
    if (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
        return True
    # A program may set the time of the last change back, but not this one; that a file loses its
    # name, because another takes its place, changes this one and nothing in the file.
    return before.st_nlink == now.st_nlink and before.st_ctime_ns != now.st_ctime_ns


def _check_size(path: Path, kind: Kind, size: int, limits: Limits) -> None:
    most = limits.pixel_bytes if kind.is_bulk else limits.file_bytes
    if size <= most:
        return
    where, expected, got = printable(path), f"at most {most:,} bytes", f"{size:,}"
    hint = None if kind.is_bulk else "raise the limit with --max-file-mib"
    if kind is Kind.PICKLE:
        raise PickleRefused(
            "file too large", where=where, offset=most, expected=expected, got=got, hint=hint
        )
    raise DataError("too much data", where=where, expected=expected, got=got, hint=hint)
