"""Tests of the error that there are not enough images."""

from __future__ import annotations

from consumer.classifier.training.examples import too_few
from shared.errors import DataError


def test_it_says_where_how_many_there_are_and_how_many_are_needed() -> None:
    error = too_few(7, 6, "x.pickle")
    assert isinstance(error, DataError)
    assert str(error) == (
        "too few images to train on in x.pickle: expected 2 or more beside 1 or more for "
        "validation, got 7 in all, 6 of them for validation"
    )
