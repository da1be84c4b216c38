"""resumed says how a session goes on of which only a last known state is left."""

from __future__ import annotations

import pytest

from shared.states import SessionState, resumed


@pytest.mark.parametrize("state", [one for one in SessionState if one != "accepted"])
def test_whatever_was_known_last_the_session_is_opened_again(state: SessionState) -> None:
    assert resumed(state) is SessionState.OPENED


def test_what_was_accepted_stays_accepted() -> None:
    assert resumed(SessionState.ACCEPTED) is SessionState.ACCEPTED
