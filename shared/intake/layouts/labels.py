"""Labels as files hold them: whole numbers, text, or one-hot rows.

- Whole numbers 0..999, also as text, as floats or as booleans, need not start at 0 and may have
  gaps; (N, 1) and (1, N) count as (N,).
- Text that is a name of a class, if class names are given, and other text than such numbers is the
  name of a class: where no class names are given, they are the names that occur, sorted.
- Rows of one 1 and else 0 (one-hot) are the place of the 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from shared.intake.layouts.classes import check_names, read_classes, repeated, text_of
from shared.intake.layouts.kinds import is_label, is_one_hot
from shared.intake.layouts.numbers import array_of_numbers
from shared.intake.layouts.telling import fail, kind_of, shown
from shared.intake.limits import MAX_CLASSES

TEXT_AS_NUMBERS = "labels that are text were read as numbers"
"""The warning for text that is all numbers."""

_TEXT = (str, bytes)
_FAMILIES: dict[tuple[type, ...], type] = {
    _TEXT: np.str_,
    (bool, np.bool_): np.bool_,
    (int, np.integer): np.int64,
    (int, float, np.integer, np.floating): np.float64,
}
_NUMBER = re.compile("[0-9]{1,3}", re.ASCII)
_EXPECTED = "whole numbers, text or one-hot rows"
_NUMBERS_AS_NAMES = f"labels are numbers of {MAX_CLASSES:,} and more and were read as class names"
_NEGATIVE = "number the classes from 0, and leave out images without a label"
_LARGE = f"at most {MAX_CLASSES:,} classes, numbered from 0, are taken"
_SOFT = "give the class of each image: numpy.argmax(labels, axis=1)"


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labels that fit their class names.

    Args:
        indices: int64, (N,), each in 0..len(classes)-1.
        classes: names of the classes; "0", "1", ... where nothing names them.
        warnings: what was converted, in words.
    """

    indices: NDArray[np.int64]
    classes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def read_labels(labels: object, classes: object, *, count: int, where: str) -> Labels:
    """Read the labels of a file, and the class names that belong to them.

    Args:
        labels: an array, a list or a tuple, or one label of one image.
        classes: as ``read_classes`` takes them, or None.
        count: how many images there are.
        where: what to call the file in an error.

    Raises:
        DataError: another number of labels than of images, or one that is no label.
    """
    names = None if classes is None else read_classes(classes, where)
    values = _values([labels] if is_label(labels) else labels, count, where)
    if isinstance(values, np.ndarray):
        indices, warnings = _numbered(values, where)
    else:
        numbers = [int(text) for text in values if _NUMBER.fullmatch(text)]
        if len(numbers) < len(values) or (names is not None and set(values) <= set(names)):
            return _named(values, names, where)
        indices, warnings = np.array(numbers, np.int64), [TEXT_AS_NUMBERS]
    top = int(indices.max(initial=0))
    if names is None:
        names = tuple(str(index) for index in range(top + 1))
    elif top >= len(names):
        hint = f"name all {top + 1} classes, or none"
        fail("label out of range", where, f"0..{len(names) - 1}, as named", top, hint=hint)
    return Labels(indices, names, (*warnings, *repeated(names)))


def _values(labels: object, count: int, where: str) -> NDArray[Any] | list[str]:
    """Labels as an array of numbers, (N,) or (N, K), or as a list of text."""
    if isinstance(labels, np.ndarray):
        is_column = labels.ndim == 2 and (labels.shape[1] == 1 or labels.shape == (1, count))
        array = labels.reshape(-1) if is_column else labels
        if array.ndim not in (1, 2) or array.dtype.kind not in "biufSU":
            fail("wrong labels", where, _EXPECTED, kind_of(labels))
        _check_count(len(array), count, where)
        is_text = array.dtype.kind in "SU" and array.ndim == 1
        return [text_of(text) for text in array.tolist()] if is_text else array
    if not isinstance(labels, list | tuple):
        fail("wrong labels", where, _EXPECTED, kind_of(labels))
    _check_count(len(labels), count, where)
    return _listed(labels, where)


def _check_count(got: int, count: int, where: str) -> None:
    if got != count:
        fail("wrong number of labels", where, f"{count:,}, one for each image", f"{got:,}")


def _listed(labels: list[Any] | tuple[Any, ...], where: str) -> NDArray[Any] | list[str]:
    kinds = set(map(type, labels))
    if np.ndarray in kinds:
        labels = [_unwrapped(label) if isinstance(label, np.ndarray) else label for label in labels]
        kinds = set(map(type, labels))
    if kinds <= {list, tuple}:
        if all(len(label) == 1 and is_label(label[0]) for label in labels):
            return _listed([label[0] for label in labels], where)
        return array_of_numbers(labels, "the list of labels", where)
    families = next((kind for kind in _FAMILIES if all(issubclass(k, kind) for k in kinds)), None)
    if families is None:
        place = _odd_one(labels)
        fail(f"wrong label {place}", where, _EXPECTED, kind_of(labels[place]))
    if families == _TEXT:
        return [text_of(label) for label in labels]
    try:
        return np.array(labels, _FAMILIES[families])
    except OverflowError:
        place = next(k for k, label in enumerate(labels) if not 0 <= label < MAX_CLASSES)
        _out_of_range(place, labels[place], where)


def _unwrapped(label: NDArray[Any]) -> object:
    return label.item() if label.size == 1 else label.tolist()


def _odd_one(labels: list[Any] | tuple[Any, ...]) -> int:
    """The first label that is none, else the first that is of another kind than label 0."""
    first = type(labels[0])
    strange = (k for k, label in enumerate(labels) if not is_label(label))
    other = (k for k, label in enumerate(labels) if not isinstance(label, first))
    return next(strange, next(other, 0))


def _numbered(array: NDArray[Any], where: str) -> tuple[NDArray[np.int64], list[str]]:
    warnings = []
    if array.ndim == 2:
        if not is_one_hot(array):
            fail("wrong labels", where, _EXPECTED, kind_of(array), hint=_SOFT)
        warnings.append(f"one-hot labels {array.shape} were read as the place of the 1")
        array = array.argmax(axis=1)
    if array.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(array) | (array != np.rint(array)))
        if wrong.size:
            place = int(wrong[0])
            fail(f"label {place} is no whole number", where, _EXPECTED, shown(array[place]))
        warnings.append(f"labels of dtype {array.dtype.name} were read as whole numbers")
    if array.dtype.kind == "b":
        warnings.append("labels of dtype bool were read as 0 and 1")
        array = array.astype(np.int64)
    wrong = np.flatnonzero((array < 0) | (array >= MAX_CLASSES))
    if wrong.size:
        _out_of_range(int(wrong[0]), array[wrong[0]], where)
    return array.astype(np.int64), warnings


def _named(values: list[str], names: tuple[str, ...] | None, where: str) -> Labels:
    warnings: list[str] = []
    if names is None:
        empty = next((k for k, text in enumerate(values) if not text), None)
        if empty is not None:
            fail(f"label {empty} is empty", where, "a label for each image")
        if all(text.isdecimal() for text in values):
            warnings.append(_NUMBERS_AS_NAMES)
    known = names if names is not None else check_names(sorted(set(values)), where)
    places = {name: place for place, name in reversed(list(enumerate(known)))}
    strange = next((k for k, text in enumerate(values) if text not in places), None)
    if strange is not None:
        expected = f"one of the class names {', '.join(map(shown, known[:10]))}"
        fail(f"label {strange} is no class", where, expected, shown(values[strange]))
    indices = np.array([places[text] for text in values], np.int64)
    return Labels(indices, known, (*warnings, *repeated(known)))


def _out_of_range(place: int, label: Any, where: str) -> NoReturn:
    hint = _NEGATIVE if label < 0 else _LARGE
    fail(f"label {place} out of range", where, f"0..{MAX_CLASSES - 1}", shown(label), hint=hint)
