"""Written: a frozen value."""

from __future__ import annotations

import pytest

from producer.intake.writer import Written


def test_it_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        setattr(Written(1, None, "0"), "count", 2)
