"""Layouts of users' files: which are recognised, and what is said of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.layouts import imageset_from_layout

GRAY = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
COLOUR = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
LABELS = np.array([1, 0], dtype=np.uint8)


@pytest.mark.parametrize(
    ("value", "images", "labels", "classes"),
    [
        (GRAY, GRAY, None, ()),
        (COLOUR, COLOUR, None, ()),
        (GRAY.reshape(2, 16), GRAY, None, ()),
        (GRAY.astype(np.int64), GRAY, None, ()),
        (GRAY.astype(">u2"), GRAY, None, ()),
        (np.asfortranarray(GRAY), GRAY, None, ()),
        ({"images": GRAY}, GRAY, None, ()),
        ({"images": GRAY, "labels": None, "classes": None}, GRAY, None, ()),
        ({"images": GRAY, "classes": ["a"]}, GRAY, None, ()),
        ({"data": GRAY, "targets": LABELS}, GRAY, [1, 0], ("0", "1")),
        ({"X": GRAY, "Y": [1, 0], "class_names": ("a", "b")}, GRAY, [1, 0], ("a", "b")),
        ({b"data": GRAY, b"labels": (3, 0)}, GRAY, [3, 0], ("0", "1", "2", "3")),
        ({"x": GRAY, "y": LABELS, "label_names": ["a", "b", "c"]}, GRAY, [1, 0], ("a", "b", "c")),
        ({"images": [GRAY[0], GRAY[1]], "note": "mine", 7: 1}, GRAY, None, ()),
        ((GRAY, LABELS), GRAY, [1, 0], ("0", "1")),
        ([GRAY, [1, 0]], GRAY, [1, 0], ("0", "1")),
        ([(GRAY[0], 1), (GRAY[1], 0)], GRAY, [1, 0], ("0", "1")),
        ([[GRAY[0], 0]], GRAY[:1], [0], ("0",)),
        ([GRAY[0], GRAY[1]], GRAY, None, ()),
        ((GRAY[0], GRAY[1], GRAY[0]), GRAY[[0, 1, 0]], None, ()),
        ([COLOUR[0], COLOUR[1]], COLOUR, None, ()),
    ],
)
def test_layouts_are_recognised(
    value: object, images: Any, labels: list[int] | None, classes: tuple[str, ...]
) -> None:
    found = imageset_from_layout(value, where="f")
    np.testing.assert_array_equal(found.images, images)
    assert (None if found.labels is None else found.labels.tolist()) == labels
    assert found.classes == classes
    assert found.where == "f"


def test_the_set_owns_its_memory() -> None:
    source = GRAY.copy()
    found = imageset_from_layout({"images": source, "labels": LABELS}, where="f")
    source[:] = 0
    assert found.stack.flags.writeable and found.stack.flags.c_contiguous
    np.testing.assert_array_equal(found.images, GRAY)


WIDE = np.zeros((4096, 4096), dtype=np.uint8)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "no images found in f: expected a dict with images, .* got NoneType"),
        ("text", "no images found in f: .* got str"),
        (b"bytes", "no images found in f: .* got bytes"),
        ([], "no images found in f: .* got an empty list"),
        ((), "no images found in f: .* got an empty tuple"),
        ([1, "a"], "no images found in f: .* got a list of int, str"),
        ([(GRAY[0], "a")], "no images found in f: .* got a list of tuple"),
        ({}, "no images found in f: expected a key images, data, x, got keys none"),
        ({"pictures": GRAY, 3: 4}, "no images found in f: .* got keys 'pictures'"),
        ({"images": GRAY, "x": GRAY}, "ambiguous keys in f: .* got images and x"),
        ({"images": "GRAY"}, "no images found in f: expected an array or a list .* got str"),
        ({"images": []}, "no images found in f: expected an array or a list .* got list"),
        ({"images": [GRAY[0], 7]}, "image 1 is no array in f: expected an array, got int"),
        ({"images": [7, GRAY[0]]}, "image 0 is no array in f: expected an array, got int"),
        (
            [GRAY[0], GRAY[0, :2]],
            r"image 1 differs from the first in f: expected uint8 of shape \(4, 4\), "
            r"got uint8 of shape \(2, 4\)",
        ),
        ([GRAY[0], GRAY[1].astype(int)], "image 1 differs from the first in f: .* got int64"),
        ([WIDE] * 33, "too many pixels in f: expected at most 536,870,912 bytes"),
        ({"images": [0] * 2_000_001}, "wrong number of images in f: .* got 2,000,001"),
        (GRAY / 255, r"dtype of images in f: expected integers; scale floats .* got float64"),
        (GRAY > 3, "dtype of images in f: .* got bool"),
        (GRAY.astype(int) - 1, "pixel out of range in f: expected 0..255, got -1..30"),
        (GRAY.astype(int) + 250, "pixel out of range in f: expected 0..255, got 250..281"),
        (np.zeros((3, 8), np.uint8), r"shape of images in f: .* square images, got \(3, 8\)"),
        (np.zeros(8, np.uint8), r"wrong shape of images in f: .* got \(8,\)"),
        (np.zeros((2, 3, 9, 9), np.uint8), r"shape of images in f: .* got \(2, 3, 9, 9\)"),
        (np.zeros((0, 9, 9), np.uint8), "wrong number of images in f: .* got 0"),
        ((GRAY, LABELS[:1]), r"wrong number of labels in f: .* got \(1,\)"),
        ((GRAY, LABELS / 2), "wrong dtype of labels in f: expected integers, got float64"),
        ((GRAY, LABELS[:0]), r"wrong number of labels in f: .* got \(0,\)"),
        ((GRAY, LABELS - np.int64(1)), r"label out of range in f: expected 0..999, got -1..0"),
        ((GRAY, np.array([2**63, 0], np.uint64)), "out of range in f: .* got 0..92233720"),
        ({"x": GRAY, "y": "10"}, "wrong labels in f: expected an array or a list .* got str"),
        ((GRAY, [0, True]), "wrong label 1 in f: expected an integer, got bool"),
        ((GRAY, [0, 1.0]), "wrong label 1 in f: expected an integer, got float"),
        ((GRAY, [-1, 0]), "label 0 out of range in f: expected 0..999, got -1"),
        ((GRAY, [10**400, 0]), "label 0 out of range in f: .* got a larger number"),
        ({"x": GRAY, "y": LABELS, "classes": "ab"}, "wrong class names in f: .* got str"),
        ({"x": GRAY, "y": LABELS, "classes": ["a", 1]}, "class name 1 in f: .* got int"),
        ({"x": GRAY, "y": LABELS, "classes": ["a\x1b", "b"]}, r"name 0 in f: .* got 'a\\x1b'"),
        ({"x": GRAY, "y": LABELS, "classes": ["\ud800", "b"]}, r"name 0 in f: .* '\\ud800'"),
        ({"x": GRAY, "y": LABELS, "classes": ["a" * 201]}, "at most 200 characters, got 'aaaa"),
        ({"x": GRAY, "y": LABELS, "classes": ["a"]}, "label out of range in f: .* 0..0"),
        ({"x": GRAY, "y": LABELS, "classes": ["a"] * 1001}, "number of classes in f: .* 1001"),
    ],
)
def test_what_is_no_image_set_is_refused(value: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        imageset_from_layout(value, where="f")
