"""Writes the JSON: one document, entry by entry, and a file for each image."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from typing import IO

from consumer.metadata.model import VERSION, Entry, Summary
from consumer.metadata.thresholds import Thresholds
from shared.errors import StoreError

STANDARD_OUTPUT = "-"
_JSON = ".json"
_INDENT = 2
_RANDOM_BYTES = 8
_LONGEST, _KEPT = 240, 200
"""Bytes of a name without its suffix: a file system takes 255, and a number may come."""


class DocumentWriter:
    """Writes a document whose entries come one by one; none is kept.

    Args:
        file: where the text goes.
        thresholds: what the entries' flags were judged by.
    """

    def __init__(self, file: IO[str], thresholds: Thresholds) -> None:
        self._file = file
        self._entries = 0
        head = {"document": VERSION, "thresholds": thresholds.model_dump()}
        self._file.write(json.dumps(head, indent=_INDENT).removesuffix("\n}"))
        self._file.write(',\n  "images": [')

    def add(self, text: str) -> None:
        """Write the next entry.

        Args:
            text: its JSON.
        """
        self._file.write(",\n" if self._entries else "\n")
        self._file.write(indent(text, 2 * _INDENT * " "))
        self._entries += 1

    def end(self, summary: Summary) -> None:
        """Write what stands behind the entries."""
        text = indent(summary.model_dump_json(indent=_INDENT), _INDENT * " ").lstrip()
        self._file.write(f'\n  ],\n  "summary": {text}\n}}\n')


def entry_text(entry: Entry) -> str:
    """An entry as JSON, as it stands in a document and in a file of its own."""
    return entry.model_dump_json(indent=_INDENT)


@contextmanager
def written(output: str) -> Iterator[IO[str]]:
    """Open a file for writing that gets its name only when the block ends without an error.

    Args:
        output: its path; ``-`` is standard output. What is there and no regular file, such as
            ``/dev/null``, is written to as it is.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        if output == STANDARD_OUTPUT:
            yield sys.stdout
            sys.stdout.flush()
        elif os.path.exists(output) and not os.path.isfile(output):
            with open(output, "w", encoding="utf-8") as file:
                yield file
        else:
            with _replaced(output) as file:
                yield file
    except OSError as error:
        at = "standard output" if output == STANDARD_OUTPUT else output
        raise StoreError("cannot write the JSON", at=at, got=error.strerror or error) from error


@contextmanager
def _replaced(output: str) -> Iterator[IO[str]]:
    # The name is known before the file is there: an interrupt at any point leaves none behind.
    name = f".inspect-{secrets.token_hex(_RANDOM_BYTES)}.part"
    part = Path(os.path.dirname(output) or os.curdir, name)
    try:
        with part.open("x", encoding="utf-8") as file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def write_entry(folder: Path, name: str, text: str) -> None:
    """Write the file of one image.

    Args:
        folder: where it goes; made where missing.
        name: its name.
        text: the entry's JSON.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError("cannot make the folder", at=folder, got=error.strerror) from error
    with written(str(folder / name)) as file:
        file.write(text + "\n")


def entry_names(paths: Sequence[str]) -> list[str]:
    """Name the files of all images: as short as tells them apart.

    The stem where no other image has it (``a.png``: ``a.json``); else with the suffix
    (``a.png.json``); else with the folders, below those that all have in common
    (``cats__a.png.json``); and where even that is another's, with a number. Upper and lower case
    count as the same, as they do on some file systems. Of a name that no file could have, being
    over 240 bytes long, the first 200 bytes stay, with a hash of all of it.

    Args:
        paths: at least one.
    """
    common = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in paths])
    forms = [
        [Path(path).stem for path in paths],
        [Path(path).name for path in paths],
        [os.path.relpath(path, common).replace(os.sep, "__") for path in paths],
    ]
    counts = [Counter(name.casefold() for name in form) for form in forms]
    taken: set[str] = set()
    names: list[str] = []
    for candidates in zip(*forms, strict=True):
        single = (
            name
            for name, count in zip(candidates, counts, strict=True)
            if name and count[name.casefold()] == 1
        )
        names.append(_free(_shortened(next(single, candidates[-1])), taken) + _JSON)
    return names


def _shortened(name: str) -> str:
    whole = os.fsencode(name)
    if len(whole) <= _LONGEST:
        return name
    digest = hashlib.blake2b(whole, digest_size=8).hexdigest()
    return f"{whole[:_KEPT].decode(errors='ignore')}-{digest}"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free.casefold())
    return free
