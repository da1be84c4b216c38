"""Changes: values out of their range are refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consumer.classifier.training.recipe import Changes
from shared.errors import SettingsError


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"erasing": 1.1}, "erasing of the training recipe: expected 0..1, got 1.1"),
        ({"corruption": -0.1}, "corruption of the training recipe: expected 0..1, got -0.1"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(message)):
        Changes(**values)
