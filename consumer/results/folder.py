"""The files that a session leaves behind."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import Self

from consumer.pipeline.records import ResultBatch
from shared.errors import StoreError
from shared.messages import Recalled
from shared.sets import Members, members_of

COLUMNS = (
    "sequence",
    "index",
    "label",
    "class",
    "confidence",
    "reason",
    "end_to_end_ms",
    "set",
    "novelty",
)

_NO_DOUBT = ("", "")

PART = "part"
"""How the name of a file ends that is not whole yet."""
# OWASP, "CSV Injection": a cell that begins so is run by a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@")


def check_folder(path: Path) -> None:
    """Make sure that a folder can be written to, or made, without leaving a trace.

    To be asked before a session is begun: what it comes to must not be lost at its end.

    Raises:
        StoreError: it cannot.
    """
    there = next(place for place in (path, *path.absolute().parents) if os.path.exists(place))
    if not os.path.isdir(there):
        got = "a file"
    elif not os.access(there, os.W_OK | os.X_OK):
        got = "no permission, or a read-only disk"
    else:
        return
    expected = "a folder that this user may write to"
    raise StoreError("cannot write", at=there, expected=expected, got=got)


class ResultsFolder:
    """One session's folder: results/<session>/.

    A file is complete or not there: it gets its name when it is written.

    Args:
        path: the folder; made where it is missing.

    Raises:
        StoreError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _failed(path, error) from error

    def write(self, name: str, content: bytes | str) -> Path:
        """Write one file; ``name`` may name a sub-folder, which is made.

        Raises:
            StoreError: it cannot be written.
        """
        path = self.path / name
        part = path.with_name(f"{path.name}.{PART}")
        data = content.encode() if isinstance(content, str) else content
        try:
            path.parent.mkdir(exist_ok=True)
            part.write_bytes(data)
            os.replace(part, path)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _failed(path, error) from error
        return path

    def tidy(self) -> None:
        """Remove what killed processes have left of files that were not whole."""
        for left in self.path.glob(f"*.{PART}"):
            with suppress(OSError):
                left.unlink()


class PredictionsWriter:
    """Writes ``predictions.csv`` while the session runs, a line a frame; a context manager.

    In a class name, control characters are written as spaces, and an apostrophe stands before one
    that a spreadsheet would take for a formula; ``label`` says which class it is all the same.
    ``set`` has the class indices of the frame's prediction set with spaces between them; it and
    ``novelty`` are empty where the model does not tell them, and of a frame without a label.

    Args:
        path: the file; written under another name until the session is over.
        classes: the model's class names.
        part: how that name ends; of one process's own, because another may still write to the same
            session's.

    Raises:
        StoreError: the file cannot be made.
    """

    def __init__(self, path: Path, classes: Sequence[str], *, part: str = PART) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.{part}")
        self._is_cut = False
        # Label -1, of frames without a class, finds the last.
        self._names = (*map(_cell, classes), "")
        try:
            self._file = self._part.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise _failed(path, error) from error
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(COLUMNS)

    def __enter__(self) -> Self:
        """The file is open from the start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; it gets its name also when the session broke: what is in it holds.

        Only where a line could not be written, or an earlier process has left more, does it not.
        """
        try:
            self._file.close()
            if not self._is_cut and (kind is None or not self._is_shorter()):
                os.replace(self._part, self._path)
        except OSError as failure:
            raise _failed(self._path, failure) from failure

    def _is_shorter(self) -> bool:
        there = self._path.exists()
        return there and self._part.stat().st_size < self._path.stat().st_size

    def update(self, batch: ResultBatch) -> None:
        """Write the lines of a batch.

        Raises:
            StoreError: the disk is full or failed.
        """
        waits = (batch.times.done - batch.times.sent) / 1e6
        rows = zip(
            range(batch.first, batch.first + len(batch)),
            batch.indices.tolist(),
            batch.labels.tolist(),
            batch.confidences.tolist(),
            (f"{wait:.3f}" for wait in waits.tolist()),
            strict=True,
        )
        doubts = _doubts(
            None if batch.sets is None else members_of(batch.sets),
            None if batch.novelty is None else batch.novelty.tolist(),
        )
        self._write(rows, batch.reasons, doubts)

    def recall(self, recalled: Recalled) -> None:
        """Write the lines of frames that an earlier process has classified, without a time.

        Raises:
            StoreError: the disk is full or failed.
        """
        count = len(recalled.labels)
        rows = zip(
            range(recalled.first, recalled.first + count),
            recalled.indices,
            recalled.labels,
            recalled.confidences,
            [""] * count,
            strict=True,
        )
        reasons = {frame.sequence: frame.reason for frame in recalled.unclassified}
        self._write(rows, reasons, _doubts(recalled.sets, recalled.novelties))

    def _write(
        self,
        rows: Iterable[tuple[int, int, int, float, str]],
        reasons: Mapping[int, str],
        doubts: Iterable[tuple[str, str]],
    ) -> None:
        try:
            self._csv.writerows(
                (
                    sequence,
                    index,
                    label,
                    self._names[label],
                    f"{confidence:.4f}",
                    reasons.get(sequence, ""),
                    wait,
                    *(doubt if label >= 0 else _NO_DOUBT),
                )
                for (sequence, index, label, confidence, wait), doubt in zip(rows, doubts)
            )
        except OSError as error:
            self._is_cut = True
            raise _failed(self._path, error) from error


def slug(name: str) -> str:
    """A class name as part of a file name: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or "class"


def _doubts(
    sets: Sequence[Members] | None, novelties: Sequence[float | None] | None
) -> Iterator[tuple[str, str]]:
    """The last two cells of each line."""
    return zip(
        repeat("") if sets is None else (" ".join(map(str, members)) for members in sets),
        repeat("") if novelties is None else map(_share, novelties),
    )


def _share(novelty: float | None) -> str:
    return "" if novelty is None else f"{novelty:.4f}"


def _cell(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in name)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA_STARTS) else plain


def _failed(path: Path, error: OSError) -> StoreError:
    return StoreError("cannot write", at=path, got=error.strerror or error)
