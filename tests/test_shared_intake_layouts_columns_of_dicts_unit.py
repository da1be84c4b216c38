"""Rows to columns: (image, label), dicts with an image each, images under the name of a class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from layout_parts import GRAY

from shared.errors import DataError
from shared.intake.layouts.columns import Parts, of_classes, of_dicts, of_rows
from shared.intake.layouts.layout import Layout


def columns(parts: Parts) -> tuple[Any, Any, Any]:
    """What was found."""
    return parts.images, parts.labels, parts.names


def test_rows_become_columns() -> None:
    assert columns(of_rows([("a", 1), ["b", 2]], "f")) == (["a", "b"], [1, 2], None)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", 1, 2), "image 1 has no label in f: .* got a tuple of int, str"),
        ("ab", "image 1 has no label in f: .* got text"),
        (("a", None), "wrong label 1 in f: expected a number or text, got NoneType"),
    ],
)
def test_the_first_row_of_another_form_is_named(row: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_rows([("a", 1), row, ("b", 2)], "f")


@pytest.mark.parametrize(
    ("rows", "layout", "expected"),
    [
        ([{"image": 1, "label": 2}, {"label": 3, "image": 4}], None, ([1, 4], [2, 3], None)),
        ([{b"img": 1, "path": "a"}], None, ([1], None, ["a"])),
        ([{"photo": 1, "kind": 2, "image": 3}], "images=photo,labels=kind", ([1], [2], None)),
    ],
)
def test_dicts_become_columns(rows: list[Any], layout: str | None, expected: Any) -> None:
    assert columns(of_dicts(rows, Layout.parse(layout), "f")) == expected


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [{"a": 1}],
            "no images found in f: .* keys 'a'; say which key holds the image, as --layout",
        ),
        ([{"x": 1}, {"X": 1}], "image 1 is incomplete in f: expected something under 'x'"),
        ([{"x": 1}, {"x": None}], "image 1 is incomplete in f"),
        ([{"x": 1}, 3], "image 1 is incomplete in f: .* got int"),
        ([{"x": 1, "y": 1}, {"x": 1}], "image 1 is incomplete in f: expected something under 'y'"),
    ],
)
def test_dicts_without_an_image_are_refused(rows: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_dicts(rows, Layout(), "f")


def test_classes_are_sorted_by_name_or_number() -> None:
    parts = of_classes({"b": GRAY, b"a": [GRAY[0]]}, "f")
    assert parts.labels == [b"a", "b", "b"]
    assert isinstance(parts.images, list) and len(parts.images) == 3
    assert of_classes({10: GRAY[:1], 9: GRAY[:1]}, "f").labels == [9, 10]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"a": GRAY, 1: GRAY},
            "wrong class names in f: expected 1 to 1,000 keys of one kind, got 2",
        ),
        ({}, "wrong class names in f: .* got 0 keys, none"),
        ({None: GRAY}, "wrong class names in f: .* got 1 keys, NoneType; name all classes by text"),
        ({str(k): GRAY for k in range(1001)}, "wrong class names in f: .* got 1,001 keys"),
        ({"a": GRAY, "b": 3}, "no images found in f: expected images under the name of each class"),
        (
            {"a": [GRAY[0]] * 1_500_000, "b": np.zeros((500_001, 2), "u1")},
            "wrong number of images in f: expected 1 to 2,000,000, got more",
        ),
    ],
)
def test_what_is_no_dict_of_classes_is_refused(value: dict[object, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        of_classes(value, "f")
