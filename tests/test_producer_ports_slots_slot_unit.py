"""Slot is a value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.ports.slots import Slot


def test_a_slot_is_one_that_was_given_unless_it_says_why_not() -> None:
    assert Slot("10.0.0.1").refusal == ""
    assert Slot("10.0.0.1") != Slot("10.0.0.1", "no room")


def test_a_slot_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Slot("10.0.0.1"), "refusal", "no room")
