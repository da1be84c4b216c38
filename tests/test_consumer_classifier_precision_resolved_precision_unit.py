"""Tests of choosing the arithmetic."""

from __future__ import annotations

import re

import pytest

from consumer.classifier import precision
from consumer.classifier.precision import faster_precision, resolved_precision
from shared.errors import SettingsError


@pytest.mark.parametrize("wanted", ["bf16", "fp32"])
def test_what_is_wanted_by_name_is_taken(wanted: str) -> None:
    assert resolved_precision(wanted) == wanted


def test_auto_takes_one_of_the_two() -> None:
    assert resolved_precision("auto") in ("bf16", "fp32")


@pytest.mark.parametrize(("needed", "taken"), [(0.0, "bf16"), (1e9, "fp32")])
def test_bf16_is_taken_only_where_it_gains_enough(
    monkeypatch: pytest.MonkeyPatch, needed: float, taken: str
) -> None:
    monkeypatch.setattr(precision, "NEEDED_GAIN", needed)
    assert faster_precision() == taken


def test_anything_else_is_refused() -> None:
    message = "unknown value in precision: expected auto, bf16 or fp32, got 'int8'"
    with pytest.raises(SettingsError, match=re.escape(message)):
        resolved_precision("int8")
