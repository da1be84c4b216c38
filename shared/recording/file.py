"""A recording on its way to a file: whole under the file's name, or not there."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from shared.errors import StoreError
from shared.recording.manifest import About, Manifest
from shared.recording.writer import FrameBlock, RecordingWriter


class RecordingFile:
    """Writes FILE.part while a session runs and gives it its name at the end; a context manager.

    A part that a killed process left is written over; that of a running one is not.

    Args:
        path: the file; what was there stays until the recording is whole.
        about: the session.

    Raises:
        StoreError: the folder is missing, cannot be written to, or another process records to the
            same file.
    """

    def __init__(self, path: Path, about: About) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._open = ExitStack()
        self._is_ours = False
        try:
            self._stream = self._begin()
            self._writer = RecordingWriter(self._stream, about, self._spool)
        except OSError as error:
            self.close()
            raise self._failed(error) from error
        except StoreError:
            self.close()
            raise

    @property
    def frames(self) -> int:
        """How many frames were appended."""
        return self._writer.frames

    @property
    def digest(self) -> str:
        """The content digest of the frames so far."""
        return self._writer.digest

    def __enter__(self) -> Self:
        """The file is open from the start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; without ``finish`` nothing is left of it."""
        self.close()

    def append(self, block: FrameBlock) -> None:
        """Write the next frames.

        Raises:
            DataError: they are not the next ones or cannot be streamed.
            StoreError: the disk is full or failed.
        """
        try:
            self._writer.append(block)
        except OSError as error:
            raise self._failed(error) from error

    def finish(self) -> Manifest:
        """Complete the file, on disk and under its name.

        Raises:
            DataError: there are no frames.
            StoreError: the disk is full or failed.
        """
        try:
            manifest = self._writer.finish()
            self._stream.flush()
            os.fsync(self._stream.fileno())
            os.replace(self._part, self._path)
            self._is_ours = False
            _sync_folder(self._path.parent)
        except OSError as error:
            raise self._failed(error) from error
        self.close()
        return manifest

    def close(self) -> None:
        """Let go of all files; nothing is left of a recording that was not finished."""
        if self._is_ours:
            with suppress(OSError):
                self._part.unlink()
        self._is_ours = False
        # What is still buffered may not fit on the disk, and is not wanted any more.
        with suppress(OSError):
            self._open.close()

    def _begin(self) -> BinaryIO:
        if os.path.exists(self._path) and not self._path.is_file():
            raise StoreError("cannot write", at=self._path, expected="a file", got="something else")
        stream = self._open.enter_context(self._part.open("ab+"))
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._is_ours = os.path.samestat(os.fstat(stream.fileno()), os.stat(self._part))
        except (BlockingIOError, FileNotFoundError):
            self._is_ours = False
        if not self._is_ours:
            raise StoreError(
                "another process records to it", at=self._path, expected="a file of its own"
            )
        return self._emptied()

    def _emptied(self) -> BinaryIO:
        # Opened again to write anywhere in it; the first one keeps the lock.
        stream = cast(BinaryIO, self._open.enter_context(self._part.open("rb+")))
        stream.truncate(0)
        return stream

    def _spool(self) -> BinaryIO:
        spool = tempfile.TemporaryFile(dir=self._path.parent)  # closed with all others
        return cast(BinaryIO, self._open.enter_context(spool))

    def _failed(self, error: OSError) -> StoreError:
        return StoreError("cannot write", at=self._path, got=error.strerror or error)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
