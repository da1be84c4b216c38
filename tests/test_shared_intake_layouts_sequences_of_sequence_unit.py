"""of_sequence: pairs, rows and lists of images; the whole table is that of recognise."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import GRAY, LABELS

from shared.errors import DataError
from shared.intake.layouts.layout import Layout
from shared.intake.layouts.sequences import of_sequence, refuse_keys


@pytest.mark.parametrize(
    ("value", "form", "labels"),
    [
        ((GRAY, LABELS), "a pair", 2),
        ([LABELS, GRAY], "a pair, labels first", 2),
        ((GRAY, LABELS, ["a", "b"]), "a triple", 2),
        ([(GRAY[0], 1)], "a list of (image, label)", 1),
        ([("cat", GRAY[0]), ["dog", GRAY[1]]], "a list of (label, image)", 2),
        ([{"image": GRAY[0], "label": 1}], "a list of dicts", 1),
        ([GRAY[0], np.int64(3)], "an image with its label", 1),
        ((GRAY[0], b"cat"), "an image with its label", 1),
        ([GRAY[0], GRAY[1]], "a list", None),
        ([GRAY[0], True], "a list", None),
        ((GRAY, None), "a pair", None),
        ((GRAY[0], None), "a list", None),
    ],
)
def test_the_form_is_told(value: list[object], form: str, labels: int | None) -> None:
    parts = of_sequence(value, Layout(), "f")
    assert parts.form == form
    assert isinstance(parts.labels, list | tuple | np.ndarray) == (labels is not None)


def test_a_row_that_is_none_is_named_also_where_labels_come_first() -> None:
    with pytest.raises(DataError, match="image 1 has no label in f: .* got int"):
        of_sequence([(1, GRAY[0]), 7], Layout(), "f")


def test_keys_are_only_of_dicts() -> None:
    with pytest.raises(DataError, match="no keys found in f: expected a dict"):
        refuse_keys([GRAY], Layout(labels="y"), "f")
