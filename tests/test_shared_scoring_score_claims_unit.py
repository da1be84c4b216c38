"""score_claims: the score of what a model said, in whatever order it knows the classes."""

from __future__ import annotations

import numpy as np
import pytest

from shared.scoring import Claims, score, score_claims
from shared.sets import ClassSets

GARMENTS = ("shirt", "bag", "coat")
TRUTH = np.array([0, 1, 2, 0], np.int64)


def _claims(labels: list[int], sets: list[tuple[int, ...]] | None, *, doubt: bool = True) -> Claims:
    return Claims(
        np.array(labels, np.int16),
        np.full(len(labels), 0.75, np.float32),
        None if sets is None else ClassSets.of(sets),
        doubt,
    )


def test_who_tells_nothing_of_doubt_gets_the_score_alone() -> None:
    found = score_claims(_claims([0, 1, 2, 1], None, doubt=False), TRUTH, (), GARMENTS)
    assert found == score(TRUTH, np.array([0, 1, 2, 1]), GARMENTS)
    assert found.calibration is None


@pytest.mark.parametrize(
    ("given", "labels", "sets"),
    [
        ((), [0, 1, 2, 1], [(0,), (1, 2), (2,), (1,)]),
        (GARMENTS, [0, 1, 2, 1], [(0,), (1, 2), (2,), (1,)]),
        (("hat", "coat", "shirt", "bag"), [2, 3, 1, 3], [(2,), (1, 3), (1,), (3,)]),
    ],
)
def test_sets_hold_the_true_class_in_any_order_of_classes(
    given: tuple[str, ...], labels: list[int], sets: list[tuple[int, ...]]
) -> None:
    found = score_claims(_claims(labels, sets), TRUTH, given, GARMENTS)
    assert found is not None and found.calibration is not None
    assert (found.accuracy, found.calibration.frames) == (0.75, 4)
    assert found.calibration.error == pytest.approx(0.0)
    assert (found.calibration.coverage, found.calibration.mean_set_size) == (0.75, 1.25)


def test_a_class_that_the_model_alone_has_counts_as_wrong() -> None:
    claims = _claims([3, 0, 1, 2], [(3,), (0,), (1,), (2,)])
    found = score_claims(claims, np.array([0, 0, 1, 2]), (*GARMENTS, "hat"), GARMENTS)
    assert found is not None and found.calibration is not None
    assert (found.accuracy, found.calibration.coverage) == (0.75, 0.75)


def test_where_two_classes_have_one_name_no_set_is_compared() -> None:
    claims = _claims([0, 2, 1, 0], [(0,), (2,), (1,), (0,)])
    found = score_claims(claims, TRUTH[[0, 0, 1, 0]], ("shirt", "bag", "shirt"), ("shirt", "bag"))
    assert found is not None and found.calibration is not None
    assert (found.calibration.frames, found.calibration.sets) == (4, 0)


def test_a_model_that_lacks_a_class_is_not_scored() -> None:
    assert score_claims(_claims([0] * 4, None), TRUTH, ("shirt", "bag"), GARMENTS) is None


def test_frames_without_labels_have_no_calibration() -> None:
    found = score_claims(_claims([-1] * 4, [()] * 4), TRUTH, GARMENTS, GARMENTS)
    assert found is not None
    assert (found.accuracy, found.calibration) == (0.0, None)
