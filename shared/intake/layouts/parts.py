"""The parts of an image set in plain containers: where its images, labels and names are.

The rules are those of the table in :mod:`shared.intake.layouts.recognition`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.intake.closed.refusal import NO_PATHS, SAVE_ARRAYS
from shared.intake.layouts.axes import is_row_length
from shared.intake.layouts.columns import Parts, of_classes
from shared.intake.layouts.fields import (
    IMAGE_KEYS,
    NAME_KEYS,
    USUAL_KEYS,
    Entry,
    entries_of,
    pick,
    splits_of,
)
from shared.intake.layouts.kinds import is_encoded, is_image, is_images, is_numeric, is_pair
from shared.intake.layouts.layout import Layout, option
from shared.intake.layouts.sequences import LAYOUTS, of_sequence, refuse_keys
from shared.intake.layouts.telling import (
    fail,
    kind_of,
    path_hint,
    shown,
    shown_keys,
)
from shared.intake.limits import MAX_IMAGES
from shared.intake.ragged import RaggedImages

_BY_KEY = "say which keys hold them, as --layout images=KEY,labels=KEY"
_SINGLE = "put them into one list under 'images', or take one, as --layout images=KEY,HW"
_SPLITS_BY_PLACE = {2: ("train", "test"), 3: ("train", "validation", "test")}
_MOST_DEEP = 2


def parts_of(value: object, asked: Layout, where: str, *, depth: int = 0) -> Parts:
    """Find the parts of an image set.

    Args:
        value: all that a file holds.
        asked: what the user says: a split, keys of a dict.
        where: what to call the file in an error.
        depth: how many dicts of splits are around it.

    Raises:
        DataError: nothing that looks like images, several splits of which none is asked for, or
            keys that are not there or not unique.
    """
    splits = _splits(value, asked) if depth < _MOST_DEEP else {}
    if splits:
        name = _chosen(splits, asked.split, where)
        parts = parts_of(splits[name], replace(asked, split=None), where, depth=depth + 1)
        return replace(parts, form=f"the split {name[:40]!a}, {parts.form}")
    if asked.split is not None:
        hint = "leave out the split"
        fail("no splits found", where, f"a split {asked.split!a}", kind_of(value), hint=hint)
    if isinstance(value, Mapping):
        return _of_dict(value, asked, where, depth)
    if isinstance(value, list | tuple) and value:
        return of_sequence(value, asked, where)
    refuse_keys(value, asked, where)
    if is_numeric(value):
        return Parts("an array", value)
    if is_encoded(value):
        return Parts("one image file", [value])
    fail("no images found", where, LAYOUTS, kind_of(value), hint=path_hint(value) or SAVE_ARRAYS)


def _splits(value: object, asked: Layout) -> dict[str, object]:
    if isinstance(value, Mapping):
        return {} if asked.images is not None and not asked.split else splits_of(entries_of(value))
    if not isinstance(value, list | tuple):
        return {}
    if len(value) == 4:
        # As keras and as scikit-learn return them.
        value = next(
            (pairs for pairs in _in_pairs(value) if all(map(is_pair, pairs))),
            (),
        )
    if not all(is_pair(item) for item in value[:4]):
        return {}
    return dict(zip(_SPLITS_BY_PLACE.get(len(value), ()), value, strict=False))


def _in_pairs(value: Sequence[object]) -> tuple[tuple[object, ...], ...]:
    one, two, three, four = value
    return ((one, two), (three, four)), ((one, three), (two, four))


def _chosen(splits: Mapping[str, object], asked: str | None, where: str) -> str:
    first = next(iter(splits))
    if asked is None and len(splits) == 1:
        return first
    if asked is not None and asked in splits:
        return asked
    known = shown_keys(splits)
    typed = next(filter(None, (option("split", name) for name in splits)), None)
    hint = f"pass {typed}" if typed else "give the split a plain name"
    if asked is None:
        fail("several splits", where, "one, named by --layout", known, hint=hint)
    fail("no such split", where, f"a split {asked!a}", known, hint=hint)


def _of_dict(value: Mapping[object, object], asked: Layout, where: str, depth: int) -> Parts:
    entries = entries_of(value)
    images = _same_images(entries) if asked.images is None else None
    images = images or pick(entries, "images", asked.images, where)
    if images is None:
        return _without_usual_key(value, entries, asked, where=where, depth=depth)
    labels = pick(entries, "labels", asked.labels, where)
    classes = pick(entries, "classes", asked.classes or _coarse_names(labels, entries), where)
    names = pick(entries, "names", None, where)
    if isinstance(images.value, Mapping) and labels is None and not is_image(images.value):
        return _of_dict_in_dict(images.value, where, depth)
    return Parts(
        "a dict",
        _images_under(images, entries, where),
        None if labels is None else labels.value,
        None if classes is None else classes.value,
        None if names is None else names.value,
        _left_out(images, labels, entries),
    )


def _of_dict_in_dict(value: Mapping[object, object], where: str, depth: int) -> Parts:
    if not any(entry.name in IMAGE_KEYS for entry in entries_of(value)):
        return of_classes(value, where)
    if depth == _MOST_DEEP:
        fail("no images found", where, f"at most {_MOST_DEEP} dicts in a dict", "more")
    return parts_of(value, Layout(), where, depth=depth + 1)


def _same_images(entries: tuple[Entry, ...]) -> Entry | None:
    """Of several arrays of the same images, flat and with axes, the one with the most axes."""
    found = [entry for entry in entries if entry.name in IMAGE_KEYS]
    arrays = [(entry.value, entry) for entry in found if is_numeric(entry.value)]
    sizes = {(len(array), array.size) for array, _ in arrays}
    if len(arrays) < 2 or len(arrays) < len(found) or len(sizes) > 1:
        return None
    return max(arrays, key=lambda pair: pair[0].ndim)[1]


def _coarse_names(labels: Entry | None, entries: tuple[Entry, ...]) -> str | None:
    if labels is None or not labels.name.startswith("coarse_"):
        return None
    return next((entry.key for entry in entries if entry.name == "coarse_label_names"), None)


def _left_out(images: Entry, labels: Entry | None, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    if labels is None:
        return _unused_column(images, entries)
    if not labels.name.startswith("fine_"):
        return ()
    coarse = [entry.name for entry in entries if entry.name in ("coarse_labels", "coarse_label")]
    return tuple(
        f"{labels.name} were taken; for the others pass --layout labels={name}" for name in coarse
    )


def _unused_column(images: Entry, entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """A warning where a key without meaning holds what could be the labels."""
    usual = frozenset().union(*USUAL_KEYS.values())
    for entry in entries:
        pair: Any = (images.value, entry.value)
        if entry.name not in usual and is_pair(pair) and len(pair[0]) == len(pair[1]):
            key = shown(entry.key)
            return (f"no labels were taken; if {key} holds them, pass --layout labels=KEY",)
    return ()


def _images_under(images: Entry, entries: tuple[Entry, ...], where: str) -> object:
    value = images.value
    if is_encoded(value) or isinstance(value, Mapping):
        return [value]
    shapes = next((entry.value for entry in entries if entry.name == "shapes"), None)
    if not is_numeric(value) or not is_numeric(shapes) or value.ndim != 1:
        return value
    if len(shapes) > MAX_IMAGES:
        fail("wrong number of images", where, f"1 to {MAX_IMAGES:,}", f"{len(shapes):,}")
    # Images of several sizes in one row of pixels, as an archive of arrays can hold them.
    return list(RaggedImages(value, shapes, where))


def _without_usual_key(
    value: Mapping[object, object],
    entries: tuple[Entry, ...],
    asked: Layout,
    *,
    where: str,
    depth: int,
) -> Parts:
    if entries and [entry.name for entry in entries] == [f"arr_{k}" for k in range(len(entries))]:
        arrays = tuple(entry.value for entry in entries)
        inner = arrays[0] if len(arrays) == 1 else arrays
        return replace(
            parts_of(inner, Layout(), where, depth=depth + 1), form="arrays without names"
        )
    if len(value) > 1 and all(is_images(item) for item in value.values()):
        _refuse_single_images(value, asked, where)
        warning = f"the keys were taken for classes: {shown_keys(value)}"
        return replace(of_classes(value, where), warnings=(warning,))
    if len(value) == len(entries) == 1 and is_images(entries[0].value):
        warning = f"the only key, {shown(entries[0].key)}, was taken for the images"
        return Parts("a dict", entries[0].value, warnings=(warning,))
    expected = "a usual key such as images, data or x"
    is_paths = any(entry.name in NAME_KEYS for entry in entries)
    hint = NO_PATHS if is_paths else _BY_KEY
    fail("no images found", where, expected, kind_of(value), hint=hint)


def _refuse_single_images(value: Mapping[object, object], asked: Layout, where: str) -> None:
    """DataError where each key holds one gray image, of whose lines no images can be made."""
    arrays = [item for item in value.values() if is_numeric(item) and item.ndim == 2]
    if len(arrays) < len(value) or asked.size is not None:
        return
    is_square = all(len(array) == array.shape[1] for array in arrays)
    has_rows = all(is_row_length(array.shape[1]) for array in arrays)
    if asked.order == "HW" or is_square or not has_rows:
        expected = "several images under each class, or all under one key"
        fail("one image under each key", where, expected, kind_of(value), hint=_SINGLE)
