"""is_recording knows a recording by its ending."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.recording.name import is_recording


@pytest.mark.parametrize("name", ["a.session", "A.SESSION", "in/a.b.session"])
def test_a_file_that_ends_in_session_is_one(name: str) -> None:
    assert is_recording(Path(name))


@pytest.mark.parametrize(
    "name", ["a.pickle", "a.session.part", "session", ".session", "a.session/b"]
)
def test_any_other_is_none(name: str) -> None:
    assert not is_recording(Path(name))
