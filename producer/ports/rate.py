"""How many messages a second are read of a connection."""

from __future__ import annotations

from collections.abc import Callable


class RateLimit:
    """A bucket of tokens: full at first, refilled at a steady rate, one message takes one.

    Args:
        per_s: messages a second, and how many may come at once after a second of silence.
        now: seconds on a monotonic clock.
    """

    def __init__(self, per_s: int, now: Callable[[], float]) -> None:
        self._per_s = per_s
        self._now = now
        self._left = float(per_s)
        self._seen = now()

    def take(self) -> float:
        """Count one message; gives the seconds for which it has to wait, 0 within the limit."""
        now = self._now()
        self._left = min(self._left + (now - self._seen) * self._per_s, float(self._per_s)) - 1.0
        self._seen = now
        return max(0.0, -self._left / self._per_s)
