"""Action names what is done with a frame."""

from __future__ import annotations

from producer.sessions.chaos import Action


def test_an_action_is_named_as_its_fault_is() -> None:
    assert [str(action) for action in Action] == ["send", "drop", "reset", "corrupt"]
