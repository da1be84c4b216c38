"""check_sets: a prediction set has the label and ascending classes, or nothing."""

from __future__ import annotations

import pytest

from shared.sets import Members, check_sets


@pytest.mark.parametrize(
    ("labels", "sets"),
    [((3,), ((3,),)), ((3, -1, 0), ((1, 3, 9), (), (0,))), ((-1,), ((),)), ((), ())],
)
def test_sets_that_fit_their_labels_pass(
    labels: tuple[int, ...], sets: tuple[Members, ...]
) -> None:
    check_sets(labels, sets)


@pytest.mark.parametrize(
    ("labels", "sets", "message"),
    [
        ((3, 3), ((3,),), r"expected as many sets as labels \(2\), got 1"),
        ((3,), ((3,), (3,)), r"expected as many sets as labels \(1\), got 2"),
        ((3,), ((),), "expected ascending classes with the label in set 0"),
        ((3, 2), ((3,), (1,)), "expected ascending classes with the label in set 1"),
        ((3,), ((3, 1),), "expected ascending classes with the label in set 0"),
        ((3,), ((3, 3),), "expected ascending classes with the label in set 0"),
        ((0, -1), ((0,), (0, 1)), "expected no set for label -1 at 1, got 2"),
    ],
)
def test_others_are_refused(
    labels: tuple[int, ...], sets: tuple[Members, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_sets(labels, sets)
