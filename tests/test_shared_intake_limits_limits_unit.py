"""Limits: what a user's file may take unless told otherwise."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from shared.intake.limits import MAX_IMAGES, Limits


def test_the_defaults_are_those_of_the_documentation() -> None:
    limits = Limits()
    assert limits.file_bytes == 512 * 1024 * 1024
    assert limits.memory_bytes == 1024 * 1024 * 1024
    assert (limits.seconds, limits.images) == (10.0, MAX_IMAGES)


def test_they_are_replaced_and_not_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Limits(), "seconds", 1.0)
    assert replace(Limits(), seconds=1.0).seconds == 1.0
