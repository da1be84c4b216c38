"""What an onlooker is told: each session's present figures against those it was told last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from shared.messages import Event, Session


@dataclass(frozen=True, slots=True)
class Figures:
    """Where a feed's figures come from.

    Args:
        present: the figures of every live session, by session.
        last: the last event of a session that has left, given what was told of it before.
    """

    present: Callable[[], Mapping[str, Event]]
    last: Callable[[Event], Awaitable[Event]]


@dataclass(frozen=True, slots=True)
class News:
    """What to tell an onlooker now.

    Args:
        changed: events to send as they are.
        left: what was told last of the sessions that have left since.
    """

    changed: tuple[Event, ...]
    left: tuple[Event, ...]


class Feed:
    """Remembers what one onlooker was told last: one event for each live session, and no more."""

    def __init__(self) -> None:
        self._told: dict[str, Event] = {}

    def look(self, present: Mapping[str, Event]) -> News:
        """What is new in the present figures; from now on it counts as told."""
        told, self._told = self._told, dict(present)
        return News(
            changed=tuple(
                event for session, event in present.items() if told.get(session) != event
            ),
            left=tuple(event for session, event in told.items() if session not in present),
        )


def last_event(told: Event, kept: Session) -> Event:
    """The last event of a session that has left: what the ledger keeps of it.

    The ledger counts the frames sent only where there is a balance sheet; without one it is the
    number told last, or that of the frames stored where that is greater.
    """
    info = kept.info
    seen = min(info.frames, max(told.sent, info.stored))
    return Event(
        session=info.session,
        consumer=info.consumer,
        dataset=info.dataset,
        state=info.state,
        fps=info.fps,
        frames=info.frames,
        sent=seen if kept.balance is None else kept.balance.producer.sent,
        stored=info.stored,
        verdict=info.verdict,
    )
