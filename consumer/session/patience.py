"""When to come back to a session after a lost connection, and when to give up."""

from __future__ import annotations

import random
from collections.abc import Callable

from consumer.session.conversation import backoff
from shared.errors import CatwalkError, PeerError

HEALS = frozenset(
    {
        "connection-lost",
        "bad-frame",
        "digest-mismatch",
        "store-failed",
        "stopping",
        "limit",
        "internal",
    }
)
"""Codes of errors of the other side that another connection may mend."""
FAULTS = 10
"""How many connections in a row may end with a producer that answers and no frame stored."""


class Patience:
    """Weighs each failure: another try, after a pause, or the end.

    Pauses grow from 0.1 s to 5 s with full jitter, and begin anew whenever a frame was stored.

    Args:
        first_s: seconds to try to get a first session.
        resume_s: seconds to try to come back to a session, from the last word of the producer.
        now: seconds on a monotonic clock.
        chance: of the jitter.
    """

    def __init__(
        self,
        first_s: float,
        resume_s: float,
        *,
        now: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self._resume_s = resume_s
        self._now = now
        self._chance = chance
        self._deadline = now() + first_s
        self._stored = -1
        self._attempts = 0

    @property
    def left_s(self) -> float:
        """Seconds until the end, at least 0."""
        return max(0.0, self._deadline - self._now())

    def progress(self, stored: int) -> None:
        """There was word of the session, in which so many frames are stored."""
        if stored > self._stored:
            self._stored = stored
            self._attempts = 0
        self._deadline = self._now() + self._resume_s

    def pause_s(self, error: CatwalkError) -> float:
        """Seconds to wait before the next try.

        Raises:
            CatwalkError: the error itself, where there is to be none.
        """
        heals = isinstance(error, PeerError) and error.code in HEALS
        if not heals or not self.left_s or self._attempts >= FAULTS:
            raise error
        pause = backoff(self._attempts, self._chance)
        self._attempts += 1
        return min(pause, self.left_s)
