"""Feed tells what is news to one onlooker, and remembers no more than what is live."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_examples import CONSUMER_COUNTS, INFO, PRODUCER_COUNTS, SESSION

from producer.sessions.feed import Feed, News, last_event
from shared.balance import balance
from shared.messages import Event, Session

NOTHING = News((), ())


def _event(session: str = SESSION, **given_: Any) -> Event:
    fields: dict[str, Any] = {"state": "streaming", "frames": 3, "sent": 2, "stored": 1} | given_
    return Event(session=session, consumer="me", dataset="a.pickle", fps=10.0, **fields)


def _present(*events: Event) -> dict[str, Event]:
    return {event.session: event for event in events}


def test_the_first_look_tells_every_live_session() -> None:
    events = (_event("0" * 16), _event("1" * 16))
    assert Feed().look(_present(*events)) == News(events, ())
    assert Feed().look({}) == NOTHING


def test_what_has_not_changed_is_not_told_again() -> None:
    feed = Feed()
    feed.look(_present(_event()))
    assert feed.look(_present(_event())) == NOTHING


@pytest.mark.parametrize(
    "change",
    [{"state": "draining"}, {"frames": 2}, {"sent": 3}, {"stored": 2}, {"verdict": "FAIL"}],
)
def test_any_figure_that_has_changed_is_told_for_its_session_alone(change: dict[str, Any]) -> None:
    feed, other = Feed(), _event("f" * 16)
    feed.look(_present(_event(), other))
    assert feed.look(_present(_event(**change), other)) == News((_event(**change),), ())


def test_a_session_that_has_left_is_told_once_by_what_was_told_last() -> None:
    feed = Feed()
    feed.look(_present(_event()))
    feed.look(_present(_event(sent=3)))
    assert feed.look({}) == News((), (_event(sent=3),))
    assert feed.look({}) == NOTHING


def test_feeds_do_not_know_of_each_other() -> None:
    early, late = Feed(), Feed()
    early.look(_present(_event()))
    assert late.look({}) == NOTHING
    assert early.look({}).left == (_event(),)


_sessions = st.sampled_from(["a" * 16, "b" * 16, "c" * 16])
_presents = st.dictionaries(_sessions, st.integers(0, 2)).map(
    lambda sent: {session: _event(session, sent=count) for session, count in sent.items()}
)


@given(looks=st.lists(_presents, max_size=12))
def test_whoever_applies_the_news_knows_the_present(looks: list[dict[str, Event]]) -> None:
    feed, known = Feed(), dict[str, Event]()
    for present in looks:
        news = feed.look(present)
        assert all(known.get(event.session) != event for event in news.changed)
        for told in news.left:
            assert known.pop(told.session) == told
        known |= _present(*news.changed)
        assert known == present


@given(looks=st.lists(_presents, max_size=12))
def test_a_look_tells_of_no_session_twice(looks: list[dict[str, Event]]) -> None:
    feed = Feed()
    for present in looks:
        news = feed.look(present)
        sessions = [event.session for event in news.changed + news.left]
        assert len(set(sessions)) == len(sessions)


def test_the_last_event_is_what_the_ledger_keeps() -> None:
    kept = Session(info=INFO, balance=balance(SESSION, PRODUCER_COUNTS, CONSUMER_COUNTS))
    told = _event(state="draining", frames=9, sent=9)
    assert last_event(told, kept) == _event(state="accepted", sent=3, stored=3, verdict="PASS")


@pytest.mark.parametrize(
    ("told", "stored", "sent"),
    [(2, 1, 2), (1, 2, 2), (9, 2, 3), (0, 0, 0)],
    ids=["told", "more stored than told", "a stop took some back", "none"],
)
def test_without_a_balance_the_frames_sent_are_those_known_of(
    told: int, stored: int, sent: int
) -> None:
    info = INFO.model_copy(update={"state": "suspended", "stored": stored, "verdict": None})
    expected = _event(state="suspended", sent=sent, stored=stored)
    assert last_event(_event(sent=told), Session(info=info)) == expected
