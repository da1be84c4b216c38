"""Judging: values out of their range are refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consumer.classifier.training.recipe import Judging
from shared.errors import SettingsError


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs of the training recipe: expected at least 1, got 0"),
        ({"folds": 1}, "folds of the training recipe: expected 0, or 2..100, got 1"),
        ({"folds": 101}, "folds of the training recipe: expected 0, or 2..100, got 101"),
        ({"trust": float("nan")}, "trust of the training recipe: expected 0..1, got nan"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        Judging(**values)
