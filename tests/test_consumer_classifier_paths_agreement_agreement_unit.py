"""Tests of comparing answers."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.classifier.networks import Outputs
from consumer.classifier.paths.agreement import LARGEST_ERROR, Agreement, agreement


def _outputs(*rows: tuple[float, ...]) -> Outputs:
    return Outputs(np.array(rows, np.float32))


def test_the_same_answers_agree() -> None:
    same = _outputs((1.0, 3.0), (2.0, 0.0))
    assert agreement(same, same) == Agreement(labels=1.0, probability=0.0, error=0.0)


def test_differences_are_measured() -> None:
    found = agreement(_outputs((0.0, 2.0), (2.0, 0.0)), _outputs((0.0, 2.0), (0.0, 2.0)))
    assert found.labels == 0.5
    assert found.probability == pytest.approx(np.tanh(1.0))
    # Half of four differences are 2, and the logits spread by 1.
    assert found.error == pytest.approx(2**0.5)


@pytest.mark.parametrize("off", [0.5, float("nan")])
def test_descriptions_that_differ_more_than_logits_count(off: float) -> None:
    logits = np.array([[0.0, 2.0]], np.float32)
    reference = Outputs(logits, np.array([[1.0, 3.0]], np.float32))
    other = Outputs(logits, np.array([[1.0, 3.0 + off]], np.float32))
    assert not agreement(reference, other).is_sound
    assert agreement(reference, Outputs(logits)).is_sound


def test_equal_logits_have_no_spread_and_no_error() -> None:
    flat = _outputs((1.0, 1.0))
    assert agreement(flat, flat).error == 0.0
    assert agreement(flat, _outputs((1.0, 1.1))).error > 1.0


@pytest.mark.parametrize(
    ("error", "expected"),
    [(0.0, True), (LARGEST_ERROR, True), (2 * LARGEST_ERROR, False), (float("nan"), False)],
)
def test_a_small_error_is_sound(error: float, expected: bool) -> None:
    assert Agreement(1.0, 0.0, error).is_sound is expected
