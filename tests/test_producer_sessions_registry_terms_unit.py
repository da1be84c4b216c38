"""Terms are what a producer offers, as one value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.sessions.registry import Terms


def test_terms_cannot_be_changed() -> None:
    terms = Terms(
        fps=10.0, count=None, windows={"every": 4}, sessions=1, digest="0" * 32, origin="file"
    )
    with pytest.raises(FrozenInstanceError):
        terms.sessions = 2  # type: ignore[misc]
