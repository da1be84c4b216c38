"""The state table: every pair of a state and an event leads where it should, or is refused."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import StateError
from shared.states import TRANSITIONS, SessionEvent, SessionState, advance

# One row a state; "-" where the event is not allowed.
TABLE = """
             attach     predict    exhaust    stop       store      post       lose       resume
opened       streaming  -          -          draining   complete   -          suspended  -
streaming    -          streaming  draining   draining   -          -          suspended  -
draining     -          draining   -          draining   complete   -          suspended  -
complete     -          -          -          complete   -          accepted   suspended  -
accepted     -          -          -          -          -          accepted   accepted   accepted
suspended    -          -          -          -          -          -          suspended  opened
"""

ALLOWED = {
    "opened": "attach or lose or stop or store",
    "streaming": "exhaust or lose or predict or stop",
    "draining": "lose or predict or stop or store",
    "complete": "lose or post or stop",
    "accepted": "lose or post or resume",
    "suspended": "lose or resume",
}


def _cells() -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (row[0], event, cell) for row in rows for event, cell in zip(head, row[1:], strict=True)
    ]


def test_the_table_is_the_whole_product_of_states_and_events() -> None:
    assert {(state, event) for state, event, _ in _cells()} == {
        (str(state), str(event)) for state, event in product(SessionState, SessionEvent)
    }
    assert len(TRANSITIONS) == sum(cell != "-" for _, _, cell in _cells())


@pytest.mark.parametrize(("state", "event", "after"), _cells())
def test_each_pair_leads_to_its_state_or_is_refused_naming_both(
    state: str, event: str, after: str
) -> None:
    if after == "-":
        sentence = (
            f"event not allowed in a session that is {state}: "
            f"expected {ALLOWED[state]}, got {event}$"
        )
        with pytest.raises(StateError, match=sentence):
            advance(SessionState(state), SessionEvent(event))
    else:
        assert advance(SessionState(state), SessionEvent(event)) is SessionState(after)


@given(events=st.lists(st.sampled_from(SessionEvent), max_size=30))
def test_no_way_leads_back_but_by_a_resume(events: list[SessionEvent]) -> None:
    order = [*SessionState]
    state = SessionState.OPENED
    for event in events:
        try:
            after = advance(state, event)
        except StateError:
            continue
        assert order.index(after) >= order.index(state) or event is SessionEvent.RESUME
        state = after


@pytest.mark.parametrize("state", SessionState)
def test_from_every_state_the_session_can_be_accepted(state: SessionState) -> None:
    reached = {state}
    for _ in SessionState:
        reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
    assert SessionState.ACCEPTED in reached


@pytest.mark.parametrize("state", SessionState)
def test_every_session_can_be_lost_and_only_a_lost_or_accepted_one_resumed(
    state: SessionState,
) -> None:
    assert (state, SessionEvent.LOSE) in TRANSITIONS
    can_resume = state in (SessionState.SUSPENDED, SessionState.ACCEPTED)
    assert ((state, SessionEvent.RESUME) in TRANSITIONS) == can_resume
