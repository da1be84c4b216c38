"""score: accuracy, precision, recall and the confusion matrix, against hand counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.reports import ClassScore, Score
from shared.scoring import score


def _ints(*values: int) -> Any:
    return np.array(values, np.int16)


def test_a_small_case_agrees_with_a_count_by_hand() -> None:
    found = score(_ints(0, 0, 0, 1, 1), _ints(0, 0, 1, 1, -1), ("shirt", "bag", "coat"))
    assert found.accuracy == 0.6
    assert found.scored == 5
    assert found.classes == ("shirt", "bag", "coat")
    assert found.confusion == ((2, 1, 0), (0, 1, 0), (0, 0, 0))
    assert found.per_class == (
        ClassScore(name="shirt", support=3, precision=1.0, recall=2 / 3),
        ClassScore(name="bag", support=2, precision=0.5, recall=0.5),
        ClassScore(name="coat", support=0, precision=None, recall=None),
    )


@pytest.mark.parametrize(
    ("truth", "predicted", "accuracy"),
    [
        (_ints(0), _ints(0), 1.0),
        (_ints(0), _ints(1), 0.0),
        (_ints(0, 1), _ints(-1, -1), 0.0),
        (_ints(0, 1), _ints(0, 2), 0.5),
        (_ints(1, 1, 1, 1), _ints(1, 1, 1, 0), 0.75),
    ],
)
def test_labels_outside_the_classes_count_as_wrong(
    truth: Any, predicted: Any, accuracy: float
) -> None:
    assert score(truth, predicted, ("a", "b")).accuracy == accuracy


@given(
    pairs=st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 5)), min_size=1, max_size=60),
)
def test_any_case_agrees_with_counting_one_by_one(pairs: list[tuple[int, int]]) -> None:
    classes = ("a", "b", "c", "d")
    truth, predicted = np.array(pairs, np.int64).T
    found = score(truth, predicted.astype(np.int16), classes)
    assert found.accuracy == sum(t == p for t, p in pairs) / len(pairs)
    assert found.confusion == tuple(
        tuple(sum(pair == (t, p) for pair in pairs) for p in range(4)) for t in range(4)
    )
    for k, row in enumerate(found.per_class):
        hits = sum(pair == (k, k) for pair in pairs)
        given_to = sum(p == k for _, p in pairs)
        assert row.support == sum(t == k for t, _ in pairs)
        assert row.precision == (hits / given_to if given_to else None)
        assert row.recall == (hits / row.support if row.support else None)


@pytest.mark.parametrize(
    ("change", "lengths"),
    [
        ({"per_class": ()}, r"\[0, 2\]"),
        ({"confusion": ((0, 0),)}, r"\[1, 2\]"),
        ({"confusion": ((0, 0), (0,))}, r"\[1, 2\]"),
    ],
)
def test_figures_that_do_not_fit_the_classes_are_no_score(
    change: dict[str, object], lengths: str
) -> None:
    right = score(_ints(0, 1), _ints(0, 1), ("a", "b"))
    with pytest.raises(ValidationError, match=f"expected figures of 2 classes, got of {lengths}"):
        Score.model_validate({**dict(right), **change})
