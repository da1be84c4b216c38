"""Descent: values out of their range are refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consumer.classifier.training.recipe import Descent
from shared.errors import SettingsError

USUAL = {"rate": 0.1, "decay": 0.0, "momentum": 0.9}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": -0.1}, "rate of the training recipe: expected 0..1000, got -0.1"),
        ({"decay": float("nan")}, "decay of the training recipe: expected 0..1000, got nan"),
        ({"momentum": 1.0}, "momentum of the training recipe: expected 0..1, without 1, got 1.0"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        Descent(**{**USUAL, **values})
