"""Reader of a folder with one table, CSV or TSV, that names images and their classes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NoReturn

from producer.intake.formats import TABLE_SUFFIXES
from producer.intake.job import Job
from producer.intake.listing import File, Listing, list_folder
from producer.intake.readers.folder import images_of, refuse_layout
from producer.intake.readers.opened import read_whole
from producer.intake.wire import printable
from shared.errors import DataError
from shared.intake.found import Found
from shared.intake.layouts import Layout
from shared.intake.layouts.labels import TEXT_AS_NUMBERS, Labels, read_labels
from shared.intake.layouts.layout import SPLITS, option

FILE_COLUMNS = ("file", "filename", "file_name", "path", "image")
LABEL_COLUMNS = ("label", "class", "target", "category")
MAX_TABLE_BYTES = 2**28
_DELIMITERS = ",;\t|"
_NAMED = 3
_MEND = "mend the table: a line of column names such as file,label, then a line for each image"


def read(job: Job) -> Found:
    """Read the images that a table names, in the order of its rows; of several tables one is asked.

    Raises:
        DataError: the table is damaged or names no column of files, or a file is missing,
            outside of the folder, or no image.
    """
    listing = list_folder(Path(job.path), job.limits)
    table = _table(listing, job)
    where = f"{printable(table.name)} of {job.where}"
    data = read_whole(Path(job.path, table.name), where=where, most=MAX_TABLE_BYTES)
    rows = _rows(_text(data), where)
    names, texts = _columns(rows, where)
    files = _files(names, {file.name: file for file in listing.files}, where)
    warnings = []
    if left := len(set(listing.images) - set(files)):
        warnings.append(f"{left:,} images that the table does not name were skipped")
    labels = _labels(texts, where) if texts else None
    if labels is None:
        warnings.append(f"the table has no column of labels ({', '.join(LABEL_COLUMNS)})")
    else:
        # All that a table holds is text.
        warnings += [warning for warning in labels.warnings if warning != TEXT_AS_NUMBERS]
    return Found(
        lambda: images_of(files, job),
        f"a folder with a table of {len(files):,} images",
        count=len(files),
        labels=None if labels is None else labels.indices,
        classes=() if labels is None else labels.classes,
        names=tuple(printable(file.name) for file in files),
        warnings=warnings,
    )


def _table(listing: Listing, job: Job) -> File:
    """The only table of the folder, or the one that the layout names by its split."""
    tables = listing.top(*TABLE_SUFFIXES)
    if len(tables) == 1:
        refuse_layout(job)
        return tables[0]
    asked = Layout.parse(job.layout)
    names = [_split(table) for table in tables]
    if asked.split in names and asked == Layout(split=asked.split):
        place = names.index(asked.split)
        if names.count(asked.split) == 1:
            return tables[place]
    typed = (option("split", name) for name in names if names.count(name) == 1)
    ways = " or ".join(list(filter(None, typed))[:_NAMED])
    got = printable(", ".join(table.name for table in tables), 200)
    hint = f"say which: {ways}" if ways else "leave one of them in the folder"
    _fail("several tables", job.where, "one, or one named by --layout", got, hint=hint)


def _split(table: File) -> str:
    name = Path(table.name).stem
    return SPLITS.get(name.lower(), name)


def _labels(texts: Sequence[str], where: str) -> Labels:
    if "" in texts:
        _fail(f"no label in row {texts.index('') + 1:,}", where, "a label in each row", "none")
    return read_labels(list(texts), None, count=len(texts), where=where)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _rows(text: str, where: str) -> Iterator[list[str]]:
    delimiter = _delimiter(text)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise DataError("damaged table", where=where, got=error, hint=_MEND) from error


def _delimiter(text: str) -> str:
    """The one that separates a known column of files from the others in the first line."""
    head = text.lstrip().partition("\n")[0].lower()
    for delimiter in _DELIMITERS:
        cells = {cell.strip().strip('"').strip() for cell in head.split(delimiter)}
        if cells & set(FILE_COLUMNS):
            return delimiter
    return _DELIMITERS[0]


def _columns(rows: Iterator[list[str]], where: str) -> tuple[list[str], list[str]]:
    head = [cell.lower() for cell in next(rows, [])]
    file = next((head.index(name) for name in FILE_COLUMNS if name in head), None)
    label = next((head.index(name) for name in LABEL_COLUMNS if name in head), None)
    if file is None:
        got = printable(", ".join(head), 200) or "no columns"
        _fail("no column of files", where, f"a column {' or '.join(FILE_COLUMNS)}", got)
    names, texts = [], []
    for place, row in enumerate(rows, 1):
        if len(row) != len(head):
            _fail(f"row {place:,} is damaged", where, f"{len(head)} cells", len(row))
        names.append(row[file].replace("\\", "/"))
        if label is not None:
            texts.append(row[label])
    if not names:
        _fail("no images found", where, "at least one row", "none")
    return names, texts


def _files(names: Sequence[str], known: dict[str, File], where: str) -> list[File]:
    plain = [str(PurePosixPath(name)) for name in names]
    missing = [name for name in plain if name not in known]
    if missing:
        some = ", ".join(printable(name, 100) for name in missing[:_NAMED])
        got = f"{len(missing):,} that are not there: {some}"
        expected, hint = "paths of files, relative to the table's folder", "put the files there"
        _fail("missing files", where, expected, got, hint=f"{hint}, or mend their paths")
    return [known[name] for name in plain]


def _fail(
    what: str, where: str, expected: object, got: object, *, hint: str | None = None
) -> NoReturn:
    raise DataError(what, where=where, expected=expected, got=got, hint=hint or _MEND)
