"""The child process that reads a user's file: ``python -P -m producer.intake.child``.

It gets its job as one line of JSON on standard input, which its parent keeps open, limits itself,
writes arrays into the folder of the job and answers with lines of JSON: progress while it works,
and at last what was read or the error.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from producer.intake.confinement import confine
from producer.intake.endings import end_with_parent
from producer.intake.formats import Kind
from producer.intake.job import Job
from producer.intake.wire import error_to_json, printable
from producer.intake.writer import write_found
from shared.errors import CatwalkError, DataError, StoreError
from shared.intake.found import Found

Reader = Callable[[Job], Found]
PROGRESS_S = 0.1
STDIN = 0


def main(readers: Mapping[Kind, Callable[[], Reader]] | None = None) -> None:
    """Do the one job that standard input holds; it ends with the parent.

    Args:
        readers: gives the reader of each kind; those of this package by default.
    """
    job = Job.from_json(sys.stdin.readline())
    with os.fdopen(job.answers, "w", encoding="ascii") as answers:
        _tell(answers, _answer(job, answers, (readers or READERS)[job.kind]))


def _answer(job: Job, answers: TextIO, reader: Callable[[], Reader]) -> dict[str, Any]:
    try:
        end_with_parent(STDIN)
        read = reader()
        confine(job)
        return {"done": _convert(job, read, _Progress(answers))}
    except CatwalkError as error:
        return {"error": error_to_json(error)}
    except MemoryError:
        # Nothing is said that would need memory: the parent knows the limit.
        return {"memory": True}


def _convert(job: Job, read: Reader, progress: _Progress) -> dict[str, Any]:
    found = _read(job, read)
    try:
        written = write_found(
            found,
            Path(job.folder),
            where=job.where,
            limits=job.limits,
            progress=progress.show,
        )
    except OSError as error:
        _check_memory(error)
        raise StoreError("cannot write", at=job.folder, got=error.strerror) from error
    return {
        "count": written.count,
        "shape": written.shape,
        "checksum": written.checksum,
        "names_sha256": written.names_sha256,
        "layout": printable(found.layout),
        "classes": found.classes,
        "warnings": [printable(warning) for warning in found.warnings],
    }


def _read(job: Job, read: Reader) -> Found:
    try:
        return read(job)
    except OSError as error:
        _check_memory(error)
        got = error.strerror or error
        raise DataError("cannot read the file", where=job.where, got=got) from error


def _check_memory(error: OSError) -> None:
    if error.errno == errno.ENOMEM:
        raise MemoryError from error


class _Progress:
    """Tells the parent how far it is, not too often."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers
        self._told = time.monotonic()

    def show(self, count: int, total: int | None) -> None:
        """So many images are written, of so many where that is known."""
        if time.monotonic() - self._told >= PROGRESS_S:
            self._told = time.monotonic()
            _tell(self._answers, {"progress": count, "total": total})


def _tell(answers: TextIO, line: dict[str, Any]) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def _pickle() -> Reader:
    from producer.intake.readers.pickled import read

    return read


def _npy() -> Reader:
    from producer.intake.readers.npy import read

    return read


def _npz() -> Reader:
    from producer.intake.readers.npz import read

    return read


def _idx() -> Reader:
    from producer.intake.readers.idx import read

    return read


def _idx_folder() -> Reader:
    from producer.intake.readers.idx_folder import read

    return read


def _folder() -> Reader:
    from producer.intake.readers.folder import read

    return read


def _table() -> Reader:
    from producer.intake.readers.table import read

    return read


def _video() -> Reader:
    from producer.intake.readers.video import read

    return read


READERS: Mapping[Kind, Callable[[], Reader]] = {
    Kind.PICKLE: _pickle,
    Kind.NPY: _npy,
    Kind.NPZ: _npz,
    Kind.IDX: _idx,
    Kind.IDX_FOLDER: _idx_folder,
    Kind.FOLDER: _folder,
    Kind.TABLE: _table,
    Kind.VIDEO: _video,
}

if __name__ == "__main__":
    main()
