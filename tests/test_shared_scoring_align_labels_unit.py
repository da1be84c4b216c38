"""align_labels: by name, or as they are, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from shared.scoring import align_labels, is_unnamed

LABELS = np.array([0, 1, 2, -1, 0], np.int16)


@pytest.mark.parametrize(
    ("given", "wanted", "aligned"),
    [
        ((), ("a", "b", "c"), [0, 1, 2, -1, 0]),
        ((), (), [0, 1, 2, -1, 0]),
        (("a", "b", "c"), ("a", "b", "c"), [0, 1, 2, -1, 0]),
        (["a", "b", "c"], ("a", "b", "c"), [0, 1, 2, -1, 0]),
        (("a", "b", "c"), ("b", "a", "c"), [1, 0, 2, -1, 1]),
        (("a", "b", "c"), ("c", "a", "b"), [1, 2, 0, -1, 1]),
        (("a", "b"), ("b", "a"), [1, 0, -1, -1, 1]),
        (("a", "b", "c"), ("c", "a"), [1, -1, 0, -1, 1]),
        (("a", "b", "c"), ("0", "1", "2"), [0, 1, 2, -1, 0]),
        (("0", "1", "2"), ("a", "b", "c"), [0, 1, 2, -1, 0]),
        (("a", "b", "c"), ("1", "0", "2"), None),
        (("a", "b"), ("a", "b", "c"), None),
        (("a", "b", "c"), ("a", "b", "d"), None),
        (("a", "b", "c"), (), [0, 1, 2, -1, 0]),
    ],
)
def test_labels_are_translated_by_name(
    given: tuple[str, ...], wanted: tuple[str, ...], aligned: list[int] | None
) -> None:
    found = align_labels(LABELS, given, wanted)
    if aligned is None:
        assert found is None
    else:
        assert found is not None
        assert found.tolist() == aligned
        assert found.dtype == np.int16


def test_no_labels_are_no_labels() -> None:
    found = align_labels(LABELS[:0], ("a", "b"), ("b", "a"))
    assert found is not None
    assert found.tolist() == []


@pytest.mark.parametrize(
    ("classes", "unnamed"),
    [((), True), (("0",), True), (("0", "1"), True), (("1", "0"), False), (("a",), False)],
)
def test_numbers_in_order_are_no_names(classes: tuple[str, ...], unnamed: bool) -> None:
    assert is_unnamed(classes) is unnamed
