"""Dicts of users' files: which key holds the images, the labels, the class names, a split."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.intake.layouts.classes import text_of
from shared.intake.layouts.layout import SPLITS, option
from shared.intake.layouts.telling import fail, shown, shown_keys

IMAGE_KEYS = frozenset(
    "images image imgs img data x pixels pixel_values frames pictures inputs".split()
)
LABEL_KEYS = frozenset(
    "labels label targets target y fine_labels fine_label coarse_labels coarse_label class "
    "category".split()
)
CLASS_KEYS = frozenset(
    "classes class_names label_names fine_label_names coarse_label_names names target_names "
    "class_to_idx categories".split()
)
NAME_KEYS = frozenset("filenames filename file_names file_name files paths path".split())
USUAL_KEYS = {"images": IMAGE_KEYS, "labels": LABEL_KEYS, "classes": CLASS_KEYS, "names": NAME_KEYS}
_PARTS = "|".join(sorted(IMAGE_KEYS | LABEL_KEYS | CLASS_KEYS, key=len, reverse=True))
_SPLITS = "|".join(sorted(SPLITS, key=len, reverse=True))
_BEFORE = re.compile(f"(?P<split>{_SPLITS})_?(?P<part>{_PARTS})")
_AFTER = re.compile(f"(?P<part>{_PARTS})_?(?P<split>{_SPLITS})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a dict whose key is text.

    Args:
        key: as it stands there, bytes as text.
        name: the key in small letters, with underscores for spaces and hyphens.
        value: what is under it.
    """

    key: str
    name: str
    value: object


def entries_of(value: Mapping[object, object]) -> tuple[Entry, ...]:
    """The entries under text that hold something; those under numbers and those of None are not."""
    found = []
    for key, item in value.items():
        if isinstance(key, str | bytes) and item is not None:
            text = text_of(key)
            name = text.strip().lower().replace(" ", "_").replace("-", "_")
            found.append(Entry(text, name, item))
    return tuple(found)


def pick(entries: tuple[Entry, ...], part: str, asked: str | None, where: str) -> Entry | None:
    """Find the entry that holds a part of an image set.

    Args:
        entries: of the dict.
        part: "images", "labels", "classes" or "names".
        asked: the key that the user names, or None.
        where: what to call the file in an error.

    Returns:
        None where no key is a usual one. Of fine and coarse labels the fine ones.

    Raises:
        DataError: several usual keys, or none as the user names it.
    """
    if asked is not None:
        found = [entry for entry in entries if entry.key == asked]
        found = found or [entry for entry in entries if entry.name == asked.lower()]
        if not found:
            fail("no such key", where, shown(asked), shown_keys(entry.key for entry in entries))
        return found[0]
    found = [entry for entry in entries if entry.name in USUAL_KEYS[part]]
    fine = [entry for entry in found if not entry.name.startswith("coarse_")]
    found = fine or found
    if len(found) > 1 and part != "names":
        keys = shown_keys(entry.key for entry in found)
        typed = next(filter(None, (option(part, entry.key) for entry in found)), None)
        hint = f"say which one, as {typed}" if typed else "give the keys plain names"
        fail("ambiguous keys", where, f"one key for the {part}", keys, hint=hint)
    return found[0] if found else None


def splits_of(entries: tuple[Entry, ...]) -> dict[str, object]:
    """The splits of a dict by name, in order; empty where it is not one of splits.

    Taken are ``x_train``, ``test_labels`` and the like; ``{"train": ..., "test": ...}``; and a
    dict of dicts with images each.
    """
    if any(entry.name in IMAGE_KEYS for entry in entries):
        return {}
    classes = {entry.key: entry.value for entry in entries if entry.name in CLASS_KEYS}
    parted: dict[str, dict[str, object]] = {}
    for entry in entries:
        match = _BEFORE.fullmatch(entry.name) or _AFTER.fullmatch(entry.name)
        if match is not None:
            parted.setdefault(SPLITS[match["split"]], {})[match["part"]] = entry.value
    if any(not IMAGE_KEYS.isdisjoint(parts) for parts in parted.values()):
        return {
            name: parts if CLASS_KEYS & parts.keys() else classes | parts
            for name, parts in parted.items()
        }
    rest = [entry for entry in entries if entry.name not in CLASS_KEYS]
    named = {SPLITS.get(entry.name, entry.key): entry.value for entry in rest}
    if not rest or len(named) < len(rest):
        return {}
    is_named = all(entry.name in SPLITS for entry in rest)
    if is_named or all(_holds_images(entry.value) for entry in rest):
        return {name: _with_classes(value, classes) for name, value in named.items()}
    return {}


def _holds_images(value: object) -> bool:
    return isinstance(value, Mapping) and any(
        entry.name in IMAGE_KEYS for entry in entries_of(value)
    )


def _with_classes(value: object, classes: dict[str, object]) -> object:
    if not classes or not isinstance(value, Mapping):
        return value
    has_own = any(entry.name in CLASS_KEYS for entry in entries_of(value))
    return value if has_own else {**value, **classes}
