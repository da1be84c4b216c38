"""The life of a session as one table of states and events."""

from __future__ import annotations

from enum import StrEnum

from shared.errors import StateError


class SessionState(StrEnum):
    """Where a session is in its life.

    ============  =====================================================================
    ``opened``    started or resumed; the stream has not been fetched yet
    ``streaming`` frames are being sent
    ``draining``  no more frames will be sent; predictions are still missing
    ``complete``  every frame of the session is stored; the results are awaited
    ``accepted``  the results are stored and the balance sheet was given
    ``suspended`` a connection was lost, or a side gave up, before the end; it can be resumed
    ============  =====================================================================
    """

    OPENED = "opened"
    STREAMING = "streaming"
    DRAINING = "draining"
    COMPLETE = "complete"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"


class SessionEvent(StrEnum):
    """What can happen to a session.

    ``attach``: the stream is fetched; ``predict``: predictions arrive; ``exhaust``: the last frame
    was sent; ``stop``: either side ends the session early; ``store``: no prediction is missing
    any more; ``post``: results arrive; ``lose``: a connection is lost or a side gives up;
    ``resume``: the consumer comes back under a new epoch.
    """

    ATTACH = "attach"
    PREDICT = "predict"
    EXHAUST = "exhaust"
    STOP = "stop"
    STORE = "store"
    POST = "post"
    LOSE = "lose"
    RESUME = "resume"


_S = SessionState
_E = SessionEvent

TRANSITIONS: dict[tuple[SessionState, SessionEvent], SessionState] = {
    (_S.OPENED, _E.ATTACH): _S.STREAMING,
    (_S.OPENED, _E.STOP): _S.DRAINING,
    (_S.OPENED, _E.STORE): _S.COMPLETE,
    (_S.OPENED, _E.LOSE): _S.SUSPENDED,
    (_S.STREAMING, _E.PREDICT): _S.STREAMING,
    (_S.STREAMING, _E.EXHAUST): _S.DRAINING,
    (_S.STREAMING, _E.STOP): _S.DRAINING,
    (_S.STREAMING, _E.LOSE): _S.SUSPENDED,
    (_S.DRAINING, _E.PREDICT): _S.DRAINING,
    (_S.DRAINING, _E.STOP): _S.DRAINING,
    (_S.DRAINING, _E.STORE): _S.COMPLETE,
    (_S.DRAINING, _E.LOSE): _S.SUSPENDED,
    (_S.COMPLETE, _E.STOP): _S.COMPLETE,
    (_S.COMPLETE, _E.POST): _S.ACCEPTED,
    (_S.COMPLETE, _E.LOSE): _S.SUSPENDED,
    (_S.ACCEPTED, _E.POST): _S.ACCEPTED,
    (_S.ACCEPTED, _E.LOSE): _S.ACCEPTED,
    (_S.ACCEPTED, _E.RESUME): _S.ACCEPTED,
    (_S.SUSPENDED, _E.LOSE): _S.SUSPENDED,
    (_S.SUSPENDED, _E.RESUME): _S.OPENED,
}
"""Every pair that is allowed, and the state it leads to."""


def resumed(state: SessionState) -> SessionState:
    """The state in which a session goes on that was last known in ``state``.

    Whoever kept that state may have died before it saw the loss of the connection.
    """
    return advance(advance(state, SessionEvent.LOSE), SessionEvent.RESUME)


def advance(state: SessionState, event: SessionEvent) -> SessionState:
    """The state after an event.

    Raises:
        StateError: the event is not allowed in this state; the message names both.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        allowed = sorted(name for (known, name) in TRANSITIONS if known is state)
        raise StateError(
            "event not allowed",
            where=f"a session that is {state}",
            expected=" or ".join(allowed) or "nothing more",
            got=str(event),
        ) from None
