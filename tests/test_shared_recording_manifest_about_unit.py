"""About says which session is recorded."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from recording_parts import ABOUT

from shared.recording.manifest import About


@pytest.mark.parametrize(
    ("name", "value"), [("session", "../etc"), ("delivery", "some"), ("model", "m" * 201)]
)
def test_what_no_session_has_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        About(**{**ABOUT.model_dump(), name: value})
