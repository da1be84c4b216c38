"""Which files are meant: files, folders and patterns, in an order that people expect."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from shared.imaging.formats import LOOKED_AT, SUFFIXES, recognise

_NUMBER = re.compile(r"(\d+)")

NaturalKey = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Args:
        files: paths to describe, each once. A path that is not there, a folder without images and
            a pattern that nothing matches stand there as they were given.
        passed_over: how many files of the folders look like no images.
    """

    files: tuple[str, ...]
    passed_over: int


def find_images(asked: Iterable[str]) -> Wanted:
    """Find the files that are asked for.

    A folder stands for the images in it and in its folders: what ends like an image, or begins
    like one; not what is hidden, nor what a link to a folder leads to. A pattern with ``*``,
    ``?``, ``[`` or ``**`` that is no file's name stands for all that it matches. Each folder and
    pattern is in natural order, ``2.png`` before ``10.png``. What is named twice counts once,
    however its folder is written; a link to a file and that file are two.

    Args:
        asked: paths and patterns.
    """
    files: dict[str, str] = {}
    real = cache(os.path.realpath)
    passed_over = 0
    for each in asked:
        found: list[str] = []
        for path in _matches(each):
            inside = list(_walk(path)) if os.path.isdir(path) else []
            images = [inner for inner in inside if _looks_like_image(inner)]
            passed_over += len(inside) - len(images)
            found += images or [path]
        for path in found or [each]:
            folder, name = os.path.split(path)
            files.setdefault(os.path.normpath(os.path.join(real(folder), name)), path)
    return Wanted(tuple(files.values()), passed_over)


def natural_key(path: str) -> NaturalKey:
    """A key that sorts numbers in names by their value, and folders before what follows them."""
    key: list[tuple[int, int, str]] = []
    for part in path.split(os.sep):
        # A part that is over sorts before whatever else it could go on with.
        key += [_piece(piece) for piece in _NUMBER.split(part) if piece]
        key.append((0, 0, ""))
    return (*key, (0, 0, path))


def _piece(piece: str) -> tuple[int, int, str]:
    # Thousands of digits are no number that anyone counts with.
    if piece.isdecimal() and len(piece) < 20:
        return 1, int(piece), ""
    return 2, 0, piece.casefold()


def _matches(asked: str) -> list[str]:
    if os.path.lexists(asked) or not glob.has_magic(asked):
        return [asked]
    return sorted(glob.glob(asked, recursive=True), key=natural_key)


def _walk(folder: str) -> Iterator[str]:
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [os.path.join(place, name) for name in names if not name.startswith(".")]
    yield from sorted(found, key=natural_key)


def _looks_like_image(path: str) -> bool:
    if os.path.splitext(path)[1].lower() in SUFFIXES:
        return True
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return False
        with open(path, "rb") as file:
            return recognise(file.read(LOOKED_AT)) is not None
    except OSError:
        return False
