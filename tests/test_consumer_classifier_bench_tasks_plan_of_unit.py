"""Tests of reading the options of a bench."""

from __future__ import annotations

import re

import pytest

from consumer.classifier.bench.tasks import plan_of
from consumer.classifier.bench.timing import Plan
from shared.errors import SettingsError


@pytest.mark.parametrize(
    ("threads", "batches", "expected"),
    [
        ("1", "1,8,64", Plan((1,), (1, 8, 64), 0.5)),
        ("1, 2", "64,1", Plan((1, 2), (64, 1), 0.5)),
        ("2,2", "1024,1,1", Plan((2,), (1024, 1), 0.5)),
    ],
)
def test_lists_of_numbers_are_read(threads: str, batches: str, expected: Plan) -> None:
    assert plan_of(threads, batches, 0.5) == expected


@pytest.mark.parametrize(
    ("threads", "batches", "name", "most"),
    [
        ("0", "1", "threads", 1024),
        ("", "1", "threads", 1024),
        ("1;2", "1", "threads", 1024),
        ("1", "1025", "batches", 1024),
        ("1", "8,-1", "batches", 1024),
        ("1", "1.5", "batches", 1024),
    ],
)
def test_anything_else_is_refused(threads: str, batches: str, name: str, most: int) -> None:
    got = threads if name == "threads" else batches
    message = (
        f"wrong list of numbers in option --{name}: "
        f"expected numbers from 1 to {most} with commas between, got {got!r}"
    )
    with pytest.raises(SettingsError, match=re.escape(message)):
        plan_of(threads, batches, 1.0)
