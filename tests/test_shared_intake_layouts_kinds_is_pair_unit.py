"""Predicates of layouts: what looks like an image, a label, a pair, a row."""

from __future__ import annotations

import numpy as np
import pytest
from layout_parts import GRAY, PNG

from shared.intake.layouts.kinds import (
    encoded_bytes,
    is_encoded,
    is_image,
    is_images,
    is_label,
    is_numeric,
    is_one_hot,
    is_pair,
    is_row,
    may_be_one_image,
)

FILE = PNG + bytes(30)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (FILE, True),
        (bytearray(FILE), True),
        (memoryview(FILE), True),
        (b"\xff\xd8\xff" + bytes(30), True),
        (b"GIF89a" + bytes(30), True),
        (b"RIFF1234WEBP" + bytes(30), True),
        (b"RIFF1234WAVE" + bytes(30), False),
        (b"BM" + bytes(30), True),
        (b"BMW is the label of this car", False),
        (PNG, False),
        ("text", False),
    ],
)
def test_an_image_file_is_known_by_its_start(value: object, expected: bool) -> None:
    assert is_encoded(value) is expected


@pytest.mark.parametrize("array", [np.frombuffer(FILE, "u1"), np.frombuffer(FILE, "u1")[:, None]])
def test_an_image_file_may_be_an_array_of_its_bytes(array: np.ndarray) -> None:
    data = encoded_bytes(array)
    assert data is not None and bytes(data) == FILE


@pytest.mark.parametrize(
    "value",
    [FILE, GRAY, np.zeros(99, "u1"), np.frombuffer(FILE, "i1"), np.frombuffer(FILE, "u1")[None]],
)
def test_other_values_are_no_array_of_an_image_file(value: object) -> None:
    assert encoded_bytes(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (GRAY[0], True),
        (np.zeros((5, 6, 3)), True),
        (GRAY, False),
        (np.zeros((2, 5, 6, 3)), False),
        ([GRAY[0]], False),
    ],
)
def test_an_array_may_be_one_image(value: object, expected: bool) -> None:
    assert may_be_one_image(value) is expected


@pytest.mark.parametrize(
    ("value", "numeric", "image", "images"),
    [
        (GRAY, True, True, True),
        (GRAY[0, 0] > 3, True, True, False),
        (np.array(3), False, False, False),
        (np.array(["a"]), False, False, False),
        (FILE, False, True, False),
        ({"bytes": FILE}, False, True, False),
        ({"x": FILE}, False, False, False),
        ([1, 2], False, True, False),
        ([[1, 2]], False, True, True),
        ([GRAY[0]], False, False, True),
        ([], False, False, False),
        (["a"], False, False, False),
        (3, False, False, False),
    ],
)
def test_images_are_known_at_a_glance(
    value: object, numeric: bool, image: bool, images: bool
) -> None:
    assert (is_numeric(value), is_image(value), is_images(value)) == (numeric, image, images)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, True),
        (True, True),
        (1.0, True),
        ("cat", True),
        (b"cat", True),
        (np.int8(3), True),
        (np.array(3), True),
        (np.array([3]), False),
        (FILE, False),
        (None, False),
        ([3], False),
    ],
)
def test_a_label_is_a_number_or_text(value: object, expected: bool) -> None:
    assert is_label(value) is expected


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.eye(3), True),
        (np.eye(3, dtype=bool), True),
        (np.eye(3) * 2, False),
        (np.ones((3, 2)), False),
        (np.zeros((3, 2)), False),
        (np.array([[1, -1, 1]]), False),
        (np.array([["1"]]), False),
        (np.ones(3), False),
        (np.ones((0, 3)), False),
        (np.vstack([np.eye(2)] * 40_000 + [np.ones((1, 2))]), False),
    ],
)
def test_one_hot_rows_hold_a_single_one(array: np.ndarray, expected: bool) -> None:
    assert is_one_hot(array) is expected


@pytest.mark.parametrize(
    ("value", "pair", "row"),
    [
        ((GRAY, [1, 0]), True, False),
        ([GRAY, np.array(["a", "b"])], True, False),
        ((GRAY, np.eye(2)), True, False),
        ((GRAY, np.ones((2, 1))), True, False),
        ((GRAY, []), True, False),
        ((GRAY, np.ones((2, 3))), False, False),
        ((GRAY, np.array([[1, 0]])), True, False),
        ((GRAY[0], np.zeros((1, 5), int)), False, False),
        ((GRAY, [[1], [0]]), True, False),
        ((GRAY, [(0, 1), (1, 0)]), True, False),
        ((list(GRAY), [np.array([0, 1])] * 2), True, False),
        ((GRAY, [[1, 1], [0, 1]]), False, False),
        ((GRAY, [[1]]), False, False),
        ((GRAY, [[[1]], [[0]]]), False, False),
        ((GRAY.tolist(), [[1], [0]]), False, False),
        ((GRAY, np.ones((3, 1))), False, False),
        ((GRAY, np.array(3)), False, True),
        ((np.eye(5), np.eye(5)), False, False),
        (([GRAY[0], GRAY[1]], (0, 1)), True, False),
        (([GRAY[0], GRAY[1]], [GRAY[0], GRAY[1]]), False, False),
        ((GRAY[0], 3), False, True),
        ([GRAY[0].tolist(), "cat"], False, True),
        ((FILE, b"cat"), False, True),
        ((FILE, FILE), False, False),
        ((GRAY, None), False, False),
        ((GRAY,), False, False),
        ({"a": 1, "b": 2}, False, False),
    ],
)
def test_a_pair_has_columns_and_a_row_has_one_of_each(value: object, pair: bool, row: bool) -> None:
    assert (is_pair(value), is_row(value)) == (pair, row)
