"""Images and labels that stand side by side in rows, brought into columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from shared.intake.layouts.classes import text_of
from shared.intake.layouts.fields import Entry, entries_of, pick
from shared.intake.layouts.kinds import is_images, is_label
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.telling import fail, kind_of
from shared.intake.limits import MAX_CLASSES, MAX_IMAGES

_CLASSES = "images under the name of each class"
_KEYS = "name all classes by text, or number all"


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Where the parts of an image set are.

    Args:
        form: what holds them, in words.
        images: an array, or a list or tuple of images.
        labels: as they stand there, or None.
        classes: the same of the class names.
        names: what to call each image, or None.
        warnings: what was guessed, in words.
    """

    form: str
    images: object
    labels: object = None
    classes: object = None
    names: object = None
    warnings: tuple[str, ...] = ()


def of_rows(rows: Sequence[object], where: str) -> Parts:
    """Take a list of (image, label) apart; DataError naming the first that is none."""
    images, labels = [], []
    for place, row in enumerate(rows):
        if not isinstance(row, list | tuple) or len(row) != 2:
            fail(f"image {place} has no label", where, "(image, label), as the first", kind_of(row))
        images.append(row[0])
        labels.append(row[1])
    kinds = {type(label): place for place, label in reversed(list(enumerate(labels)))}
    for place in sorted(kinds.values()):
        if not is_label(labels[place]):
            fail(f"wrong label {place}", where, "a number or text", kind_of(labels[place]))
    return Parts("a list of (image, label)", images, labels)


def of_dicts(rows: Sequence[object], asked: Layout, where: str) -> Parts:
    """Take a list of dicts apart that each hold an image, and a label where the first has one.

    Raises:
        DataError: the first has no image under a usual key, or a later one lacks a key of it.
    """
    first = rows[0]
    assert isinstance(first, Mapping)
    entries = entries_of(first)
    image = pick(entries, "images", asked.images, where)
    if image is None:
        hint = "say which key holds the image, as --layout images=KEY"
        fail("no images found", where, "a dict with an image for each", kind_of(first), hint=hint)
    label = pick(entries, "labels", asked.labels, where)
    name = pick(entries, "names", None, where)
    return Parts(
        "a list of dicts",
        _column(rows, first, image, where),
        None if label is None else _column(rows, first, label, where),
        names=None if name is None else _column(rows, first, name, where),
    )


def of_classes(value: Mapping[object, object], where: str) -> Parts:
    """Join the images of a dict class -> images; classes are sorted by name, or by number.

    Raises:
        DataError: something under a key that is no images, too many, or keys of several kinds.
    """
    kinds = {"text" if isinstance(key, str | bytes) else type(key).__name__ for key in value}
    if len(kinds) != 1 or not kinds <= {"text", "int"} or len(value) > MAX_CLASSES:
        got = f"{len(value):,} keys, {' and '.join(sorted(kinds)) or 'none'}"
        fail("wrong class names", where, f"1 to {MAX_CLASSES:,} keys of one kind", got, hint=_KEYS)
    images: list[object] = []
    labels: list[object] = []
    for key, item in sorted(value.items(), key=_by_name):
        images.extend(_checked(item, len(images), where))
        labels.extend([key] * (len(images) - len(labels)))
    return Parts("a dict of classes", images, labels)


def _by_name(entry: tuple[object, object]) -> tuple[int, str]:
    """Order of the classes: by number, else by name."""
    key = entry[0]
    if isinstance(key, str | bytes):
        return 0, text_of(key)
    return (key, "") if isinstance(key, int) else (0, "")


def _checked(value: object, before: int, where: str) -> Sequence[object]:
    if not is_images(value):
        fail("no images found", where, _CLASSES, kind_of(value))
    assert isinstance(value, list | tuple | np.ndarray)
    if before + len(value) > MAX_IMAGES:
        fail("wrong number of images", where, f"1 to {MAX_IMAGES:,}", "more")
    return list(value)


def _column(
    rows: Sequence[object], first: Mapping[object, object], entry: Entry, where: str
) -> list[object]:
    key = next(key for key in first if isinstance(key, str | bytes) and text_of(key) == entry.key)
    column = []
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping) or row.get(key) is None:
            expected = f"something under {entry.key[:40]!a}, as in the first"
            fail(f"image {place} is incomplete", where, expected, kind_of(row))
        column.append(row[key])
    return column
