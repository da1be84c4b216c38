"""What a session was agreed to be, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from shared.digests import NO_FRAMES
from shared.messages import Delivery
from shared.reports import ProducerWire
from shared.states import SessionState


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed when the session was opened, and the connection that it is on.

    Args:
        session: 16 hexadecimal digits.
        frames: how many frames are offered; position k of the schedule shows image k modulo
            ``images``.
        images: how many images the data set has.
        fps: frames a second, 0 for as fast as the consumer acknowledges.
        delivery: whether a frame that finds no credit when it is due waits ("every") or is skipped
            ("newest").
        epoch: counts the connections of the session, from 1.
    """

    session: str
    frames: int
    images: int
    fps: float
    delivery: Delivery = "every"
    epoch: int = 1

    def index(self, position: int) -> int:
        """Which image of the data set is shown at a position of the schedule."""
        return position % self.images


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a session stands that was played before, as the ledger has it.

    Args:
        state: the state in which it goes on.
        stored: frames stored; the next has this sequence number.
        skipped: positions of the schedule skipped so far.
        digest: content digest of the stored frames.
        wire: what crossed the wire before.
    """

    state: SessionState = SessionState.OPENED
    stored: int = 0
    skipped: int = 0
    digest: str = NO_FRAMES
    wire: ProducerWire = ProducerWire()
