"""Kept: a run after some of its epochs."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from consumer.classifier.training.kept import Kept


def test_it_does_not_change() -> None:
    kept = Kept({}, 1, [])
    with pytest.raises(FrozenInstanceError):
        setattr(kept, "done", 2)
