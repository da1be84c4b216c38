"""Dicts of users' files: usual keys, keys that are asked for, and splits."""

from __future__ import annotations

import pytest

from shared.errors import DataError
from shared.intake.layouts.fields import Entry, entries_of, pick, splits_of


def test_entries_are_those_under_text_that_hold_something() -> None:
    value = {" Class-Names": 1, b"data": 2, b"\xe4": 3, 4: 4, "none": None}
    assert entries_of(value) == (
        Entry(" Class-Names", "class_names", 1),
        Entry("data", "data", 2),
        Entry("ä", "ä", 3),
    )


@pytest.mark.parametrize(
    ("value", "part", "asked", "key"),
    [
        ({"Images": 1, "labels": 2}, "images", None, "Images"),
        ({"Images": 1, "labels": 2}, "labels", None, "labels"),
        ({"Images": 1, "labels": 2}, "classes", None, None),
        ({"fine_labels": 1, "coarse_labels": 2}, "labels", None, "fine_labels"),
        ({"coarse_labels": 2}, "labels", None, "coarse_labels"),
        ({"fine_labels": 1, "coarse_labels": 2}, "labels", "coarse_labels", "coarse_labels"),
        ({"a": 1, "A": 2}, "images", "A", "A"),
        ({"B": 1}, "images", "b", "B"),
        ({"path": 1, "file": 2, "filename": 3}, "names", None, "path"),
    ],
)
def test_an_entry_is_found_by_its_key(
    value: dict[object, object], part: str, asked: str | None, key: str | None
) -> None:
    found = pick(entries_of(value), part, asked, "f")
    assert (None if found is None else found.key) == key


@pytest.mark.parametrize(
    ("value", "asked", "message"),
    [
        (
            {"x": 1, "X": 2},
            None,
            "ambiguous keys in f: expected one key for the images, got 'x', 'X'; ",
        ),
        ({"x": 1, "data": 2}, None, "say which one, as --layout images=x"),
        ({"x": 1}, "y", "no such key in f: expected 'y', got 'x'"),
        ({}, "y", "no such key in f: expected 'y', got none"),
    ],
)
def test_an_entry_that_is_not_unique_or_not_there_is_refused(
    value: dict[object, object], asked: str | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        pick(entries_of(value), "images", asked, "f")


X, Y = {"x": 1}, {"x": 2}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"x_train": 1, "y_train": 2, "x_test": 3}, {"train": {"x": 1, "y": 2}, "test": {"x": 3}}),
        ({"trainX": 1, "trainY": 2}, {"train": {"x": 1, "y": 2}}),
        ({"Train Images": 1, "t10k-images": 2}, {"train": {"images": 1}, "test": {"images": 2}}),
        (
            {"x_train": 1, "x_val": 2, "classes": 3, "val_classes": 4},
            {"train": {"classes": 3, "x": 1}, "validation": {"x": 2, "classes": 4}},
        ),
        ({"training": X, "dev": Y}, {"train": X, "validation": Y}),
        ({"train": 1, "test": 2}, {"train": 1, "test": 2}),
        ({"train": X, "names": 3}, {"train": {"x": 1, "names": 3}}),
        ({"train": {"x": 1, "classes": 2}, "names": 3}, {"train": {"x": 1, "classes": 2}}),
        ({"train": 1, "names": 3}, {"train": 1}),
        ({"fold 1": X, "Fold 2": Y}, {"fold 1": X, "Fold 2": Y}),
        ({"images": 1, "train_labels": 2}, {}),
        ({"train_labels": 2}, {}),
        ({"train": X, "car": 1}, {}),
        ({"val": X, "dev": Y}, {}),
        ({"classes": 1}, {}),
        ({}, {}),
    ],
)
def test_splits_are_found_by_their_names(
    value: dict[object, object], expected: dict[str, object]
) -> None:
    assert splits_of(entries_of(value)) == expected
