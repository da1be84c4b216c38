"""unreadable: the system's own words."""

from __future__ import annotations

from producer.intake.formats import unreadable


def test_the_reason_is_the_systems() -> None:
    error = unreadable("a.pkl", PermissionError(13, "Permission denied"))
    assert str(error) == "cannot read the file at a.pkl: got Permission denied"


def test_what_is_no_error_of_the_system_says_itself() -> None:
    assert str(unreadable("a", ValueError("null byte"))).endswith("got null byte")
