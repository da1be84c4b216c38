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
POISON = frozenset({"bad-frame", "digest-mismatch", "internal"})
"""Those of them that time alone does not mend."""
FAULTS = 10
"""How many connections in a row may end with one of these and no frame stored."""


class Patience:
    """Weighs each failure: another try, after a pause, or the end.

    Pauses grow from 0.1 s to 5 s with full jitter, and begin anew whenever a frame was stored.

    Args:
        first_s: seconds to try to get a first session.
        resume_s: seconds to try to come back to a session in which no frame is stored meanwhile;
            the time of its connections does not count.
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
        self._faults = 0

    @property
    def left_s(self) -> float:
        """Seconds until the end, at least 0."""
        return max(0.0, self._deadline - self._now())

    def progress(self, stored: int) -> None:
        """The session has so many frames stored; the first word of it is progress too."""
        if stored > self._stored:
            self._stored = stored
            self._attempts = self._faults = 0
            self._deadline = self._now() + self._resume_s

    def connected(self, seconds: float) -> None:
        """A connection to the session has lasted so long."""
        if self._resume_s:
            self._deadline += seconds

    def pause_s(self, error: CatwalkError) -> float:
        """Seconds to wait before the next try.

        Raises:
            CatwalkError: the error itself, where there is to be none.
        """
        heals = isinstance(error, PeerError) and error.code in HEALS
        self._faults += error.code in POISON
        if not heals or not self.left_s or self._faults > FAULTS:
            raise error
        pause = backoff(self._attempts, self._chance)
        self._attempts += 1
        return min(pause, self.left_s)
