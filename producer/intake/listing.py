"""What lies in a folder: regular files in natural order, links followed but never in circles."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from producer.intake.formats import TABLE_SUFFIXES, TAKEN, Kind, is_idx_name, unreadable
from shared.errors import DataError
from shared.intake.limits import Limits
from shared.intake.suffixes import IMAGE_SUFFIXES

MAX_DEPTH = 16
OTHER_ENTRIES = 100_000
"""Entries of folders that are looked at beside four for each image."""
MAX_AGAIN = 10_000
"""How often links may lead to folders that were listed already."""

_SUFFIXES = frozenset(chain.from_iterable(IMAGE_SUFFIXES.values()))
_NUMBERS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a folder.

    Args:
        name: its path in the folder, with ``/`` between its parts.
        size: in bytes.
        changed_ns: when it was last changed.
        status_ns: when it or what the system notes of it was; no program can set that back.
    """

    name: str
    size: int
    changed_ns: int
    status_ns: int = 0

    @property
    def is_image(self) -> bool:
        """Whether its name is that of an image."""
        return os.path.splitext(self.name)[1].lower() in _SUFFIXES

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders that it lies in, and its own name."""
        return tuple(self.name.split("/"))


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder and its sub-folders.

    Args:
        files: in natural order of their names: "image 2" comes before "image 10".
        folders: names of its immediate sub-folders, in natural order.
        skipped: how many hidden files, devices, pipes and broken links there were.
    """

    files: tuple[File, ...]
    folders: tuple[str, ...]
    skipped: int = 0

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def images(self) -> tuple[File, ...]:
        """The files that are images by their names."""
        return tuple(file for file in self.files if file.is_image)

    def top(self, *suffixes: str) -> tuple[File, ...]:
        """The files of the folder itself, not of sub-folders, with one of these suffixes."""
        return tuple(
            file
            for file in self.files
            if "/" not in file.name and file.name.lower().endswith(suffixes)
        )


def natural_key(name: str) -> tuple[object, ...]:
    """What to sort names by so that numbers in them count as numbers."""
    parts = _NUMBERS.split(name.casefold())
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), name


def list_folder(root: Path, limits: Limits) -> Listing:
    """List a folder and its sub-folders, 16 deep at most.

    Raises:
        DataError: it cannot be read, or holds too many files, too many entries of any kind, each
            as often as links lead to it, or too many links to the same folders.
    """
    walk = _Walk(root, limits)
    try:
        files = sorted(walk.files(root, "", ()), key=lambda file: natural_key(file.name))
    except OSError as error:
        raise unreadable(error.filename or root, error) from error
    folders = sorted(walk.folders, key=natural_key)
    return Listing(tuple(files), tuple(folders), walk.skipped)


def kind_of_folder(listing: Listing, where: object) -> Kind:
    """Say what a folder is: IDX files, images with tables, or images alone.

    Raises:
        DataError: it holds none of these.
    """
    idx = [file for file in listing.files if "/" not in file.name and is_idx_name(file.name)]
    if idx and not listing.images:
        return Kind.IDX_FOLDER
    tables = listing.top(*TABLE_SUFFIXES)
    if tables:
        return Kind.TABLE
    if not listing.images:
        got = f"{len(listing.files):,} other files" if listing.files else "no files"
        expected = f"images ({', '.join(sorted(_SUFFIXES))}) or a pair of IDX files"
        hint = f"or give {TAKEN}"
        raise DataError("no images found", where=where, expected=expected, got=got, hint=hint)
    return Kind.FOLDER


class _Walk:
    """One way through a folder; counts what it does not take."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._most = {
            "files": 2 * limits.images,
            "entries": 4 * limits.images + OTHER_ENTRIES,
            "links to the same folders": MAX_AGAIN,
        }
        self._left = dict(self._most)
        self._seen: set[tuple[int, int]] = set()
        self.skipped = 0
        self.folders: list[str] = []

    def files(
        self, folder: Path, prefix: str, above: tuple[tuple[int, int], ...]
    ) -> Iterator[File]:
        """The files in and below ``folder``; ``above`` are the folders on the way to it."""
        place = os.stat(folder)
        itself = (place.st_dev, place.st_ino)
        if itself in above or len(above) > MAX_DEPTH:
            self.skipped += 1
            return
        if itself in self._seen:
            self._count("links to the same folders")
        self._seen.add(itself)
        with os.scandir(folder) as entries:
            for entry in sorted(self._counted(entries), key=lambda entry: entry.name):
                yield from self._entry(entry, prefix, (*above, itself))

    def _counted(self, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        for entry in entries:
            self._count("entries")
            yield entry

    def _entry(
        self, entry: os.DirEntry[str], prefix: str, above: tuple[tuple[int, int], ...]
    ) -> Iterator[File]:
        found = None if entry.name.startswith(".") else _stat(entry)
        if found is not None and stat.S_ISDIR(found.st_mode):
            if not prefix:
                self.folders.append(entry.name)
            yield from self.files(Path(entry.path), f"{prefix}{entry.name}/", above)
        elif found is not None and stat.S_ISREG(found.st_mode):
            self._count("files")
            yield File(
                prefix + entry.name, found.st_size, found.st_mtime_ns, status_ns=found.st_ctime_ns
            )
        else:
            self.skipped += 1

    def _count(self, what: str) -> None:
        self._left[what] -= 1
        if self._left[what] < 0:
            expected = f"at most {self._most[what]:,}"
            raise DataError(f"too many {what}", where=self._root, expected=expected, got="more")


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None
