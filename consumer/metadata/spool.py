"""Entries on disk until their thresholds are known."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Self

from consumer.metadata.model import ENTRY, Entry
from shared.errors import StoreError


class Spool:
    """Keeps entries in a file, in their order; a context manager.

    Args:
        file: open for writing and reading; by default one without a name.
    """

    def __init__(self, file: IO[str] | None = None) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8") if file is None else file

    def __enter__(self) -> Self:
        """Begin empty."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget all."""
        # What is still to be written to a full disk is not missed any more.
        with suppress(OSError):
            self._file.close()

    def add(self, entry: Entry) -> None:
        """Keep one entry.

        Raises:
            StoreError: the folder for temporary files is full.
        """
        with _store_errors():
            self._file.write(entry.model_dump_json() + "\n")

    def __iter__(self) -> Iterator[Entry]:
        """All entries, from the first on.

        Raises:
            StoreError: the folder for temporary files is full.
        """
        with _store_errors():
            self._file.seek(0)
        for line in self._file:
            yield ENTRY.validate_json(line)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        at = tempfile.gettempdir()
        raise StoreError("cannot keep the entries", at=at, got=error.strerror or error) from error
