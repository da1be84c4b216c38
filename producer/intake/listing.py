"""What lies in a folder: regular files in natural order, links followed but never in circles."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.intake.formats import TABLE_SUFFIXES, TAKEN, Kind, is_idx_name, unreadable
from shared.errors import DataError
from shared.intake.limits import Limits

MAX_DEPTH = 16
IMAGE_SUFFIXES = frozenset(
    ".png .jpg .jpeg .jpe .jfif .bmp .dib .gif .tif .tiff .webp .ppm .pgm .pbm .pnm .jp2".split()
)
_NUMBERS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class File:
    """One file of a folder.

    Args:
        name: its path in the folder, with ``/`` between its parts.
        size: in bytes.
        changed_ns: when it was last changed.
    """

    name: str
    size: int
    changed_ns: int

    @property
    def is_image(self) -> bool:
        """Whether its name is that of an image."""
        return os.path.splitext(self.name)[1].lower() in IMAGE_SUFFIXES

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
        DataError: it cannot be read, or holds too many files.
    """
    walk = _Walk(root, 2 * limits.images)
    try:
        files = sorted(walk.files(root, "", ()), key=lambda file: natural_key(file.name))
    except OSError as error:
        raise unreadable(error.filename or root, error) from error
    folders = sorted(walk.folders, key=natural_key)
    return Listing(tuple(files), tuple(folders), walk.skipped)


def kind_of_folder(listing: Listing, where: object) -> Kind:
    """Say what a folder is: IDX files, images with a table, or images alone.

    Raises:
        DataError: it holds none of these.
    """
    idx = [file for file in listing.files if "/" not in file.name and is_idx_name(file.name)]
    if idx and not listing.images:
        return Kind.IDX_FOLDER
    tables = listing.top(*TABLE_SUFFIXES)
    if len(tables) == 1:
        return Kind.TABLE
    if not listing.images:
        got = f"{len(listing.files):,} other files" if listing.files else "no files"
        expected = f"images ({', '.join(sorted(IMAGE_SUFFIXES))}) or a pair of IDX files"
        hint = f"or give {TAKEN}"
        raise DataError("no images found", where=where, expected=expected, got=got, hint=hint)
    return Kind.FOLDER


class _Walk:
    """One way through a folder; counts what it does not take."""

    def __init__(self, root: Path, most: int) -> None:
        self._root = root
        self._most = most
        self._count = 0
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
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                yield from self._entry(entry, prefix, (*above, itself))

    def _entry(
        self, entry: os.DirEntry[str], prefix: str, above: tuple[tuple[int, int], ...]
    ) -> Iterator[File]:
        found = None if entry.name.startswith(".") else _stat(entry)
        if found is not None and stat.S_ISDIR(found.st_mode):
            if not prefix:
                self.folders.append(entry.name)
            yield from self.files(Path(entry.path), f"{prefix}{entry.name}/", above)
        elif found is not None and stat.S_ISREG(found.st_mode):
            self._count_one()
            yield File(prefix + entry.name, found.st_size, found.st_mtime_ns)
        else:
            self.skipped += 1

    def _count_one(self) -> None:
        self._count += 1
        if self._count > self._most:
            expected = f"at most {self._most:,}"
            raise DataError("too many files", where=self._root, expected=expected, got="more")


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None
