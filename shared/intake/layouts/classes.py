"""Class names as files hold them: lists and arrays of text, and dicts of name and index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

import numpy as np

from shared.intake.layouts.telling import fail, kind_of, shown
from shared.intake.limits import MAX_CLASS_NAME, MAX_CLASSES

_EXPECTED = "a list of text, or a dict of index and name"
_HINT = 'name the classes in the order of the labels: ["cat", "dog"]'


def read_classes(value: object, where: str) -> tuple[str, ...]:
    """Read class names.

    Args:
        value: a list, tuple or array of text or bytes (UTF-8, else Latin-1) or whole numbers, or
            a dict index -> name or name -> index. What a dict leaves out is called by its index.
        where: what to call the file in an error.

    Returns:
        1 to 1,000 printable names of at most 200 characters, in the order of the labels.

    Raises:
        DataError: something else.
    """
    names: Iterable[object]
    if isinstance(value, Mapping):
        names = _of_dict(value, where)
    elif isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "SUiu":
        names = value[: MAX_CLASSES + 1].tolist()
    elif isinstance(value, list | tuple):
        names = value
    else:
        fail("wrong class names", where, _EXPECTED, kind_of(value), hint=_HINT)
    return check_names(names, where)


def check_names(names: Iterable[object], where: str) -> tuple[str, ...]:
    """Give names as text; DataError where one is not printable, or there are none or too many."""
    first = islice(names, MAX_CLASSES + 1)
    checked = tuple(_checked(name, f"class name {k}", where) for k, name in enumerate(first))
    if not 1 <= len(checked) <= MAX_CLASSES:
        got = f"{len(checked):,}" if len(checked) <= MAX_CLASSES else "more"
        fail("wrong number of classes", where, f"1 to {MAX_CLASSES:,}", got)
    return checked


def text_of(value: str | bytes) -> str:
    """Text that may be bytes: UTF-8, else Latin-1."""
    if isinstance(value, str):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def repeated(names: Iterable[str]) -> list[str]:
    """A warning for each of the first ten names that occur more than once."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    return [f"the class name {shown(name)} occurs more than once" for name in twice[:10]]


def _of_dict(value: Mapping[object, object], where: str) -> list[object]:
    named: dict[int, object] = {}
    for key, item in value.items():
        # {"cat": 0} as well as {0: "cat"} and, from JSON, {"0": "cat"}.
        index, name = (item, key) if isinstance(item, int) else (key, item)
        if isinstance(index, str | bytes) and text_of(index).isdecimal() and len(index) <= 4:
            index = int(index)
        if not isinstance(index, int) or isinstance(index, bool):
            fail("wrong class names", where, _EXPECTED, f"the index {shown(index)}", hint=_HINT)
        if not 0 <= index < MAX_CLASSES or index in named:
            expected = f"each index once, 0..{MAX_CLASSES - 1}"
            fail("wrong class names", where, expected, shown(index), hint=_HINT)
        named[index] = name
    return [named.get(index, str(index)) for index in range(max(named, default=-1) + 1)]


def _checked(name: object, what: str, where: str) -> str:
    if isinstance(name, int | np.integer) and abs(int(name)) < 10**9:
        return str(int(name))
    expected = f"printable text of at most {MAX_CLASS_NAME} characters"
    if not isinstance(name, str | bytes):
        fail(f"wrong {what}", where, expected, kind_of(name), hint=_HINT)
    text = text_of(name[: 4 * MAX_CLASS_NAME + 1])
    if not text.isprintable() or len(text) > MAX_CLASS_NAME:
        fail(f"wrong {what}", where, expected, shown(name))
    return text
