"""parts_of: where images, labels and names are; the whole table is that of recognise."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import GRAY, LABELS

from shared.errors import DataError
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.parts import parts_of


@pytest.mark.parametrize(
    ("value", "form", "has_labels", "has_classes"),
    [
        (GRAY, "an array", False, False),
        ((GRAY, LABELS), "a pair", True, False),
        ((GRAY, LABELS, ("a", "b")), "a triple", True, True),
        ((GRAY, LABELS, np.array(["a", "b"])), "a triple", True, True),
        ({"x": GRAY, "y": LABELS, "names": ["a", "b"]}, "a dict", True, True),
        ({"arr_0": GRAY, "arr_1": LABELS}, "arrays without names", True, False),
        ({"train": {"x": GRAY, "y": LABELS}}, "the split 'train', a dict", True, False),
        (
            {"train": {"train": {"x": GRAY}}},
            "the split 'train', the split 'train', a",
            False,
            False,
        ),
        ({"data": {"x": GRAY, "y": LABELS}}, "a dict", True, False),
    ],
)
def test_the_parts_are_found(value: object, form: str, has_labels: bool, has_classes: bool) -> None:
    parts = parts_of(value, Layout(), "f")
    assert parts.form.startswith(form)
    assert isinstance(parts.images, np.ndarray)
    assert (parts.labels is not None, parts.classes is not None) == (has_labels, has_classes)


def test_of_several_arrays_of_the_same_images_that_with_the_most_axes_is_taken() -> None:
    parts = parts_of({"data": GRAY.reshape(2, 25), "images": GRAY}, Layout(), "f")
    assert parts.images is GRAY
    asked = parts_of({"data": GRAY.reshape(2, 25), "images": GRAY}, Layout(images="data"), "f")
    assert isinstance(asked.images, np.ndarray) and asked.images.shape == (2, 25)


def test_the_names_of_coarse_labels_belong_to_them() -> None:
    value = {"data": GRAY, "fine_labels": [1, 2], "coarse_labels": [0, 1]}
    value |= {"fine_label_names": ["a", "b", "c"], "coarse_label_names": ["d", "e"]}
    parts = parts_of(value, Layout(), "f")
    assert (parts.labels, parts.classes) == ([1, 2], ["a", "b", "c"])
    parts = parts_of(value, Layout(labels="coarse_labels"), "f")
    assert (parts.labels, parts.classes, parts.warnings) == ([0, 1], ["d", "e"], ())


@pytest.mark.parametrize(
    ("value", "layout", "message"),
    [
        (
            {"x": {"x": {"x": {"x": GRAY}}}},
            Layout(),
            "no images found in f: expected at most 2 dicts in a dict, got more",
        ),
        ({"arr_0": GRAY, "arr_2": LABELS}, Layout(), "no images found in f: .* 'arr_0', 'arr_2'"),
        (
            {"pixels": GRAY.ravel() / 1, "shapes": np.ones((1, 3))},
            Layout(),
            "images do not fit in f: expected uint8 pixels",
        ),
        (
            {"pixels": GRAY.ravel(), "shapes": np.ones((2_000_001, 3), np.int8)},
            Layout(),
            "wrong number of images in f: .* got 2,000,001",
        ),
        (GRAY, Layout(split="mine"), "no splits found in f: expected a split 'mine'"),
    ],
)
def test_what_has_no_parts_is_refused(value: object, layout: Layout, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parts_of(value, layout, "f")
