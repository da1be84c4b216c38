"""How long and how often something that fails is tried again."""

from __future__ import annotations

from collections.abc import Callable

PATIENCE_S = 10.0
"""How long after it was asked for something that fails is tried again."""
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0


class Patience:
    """Pauses between tries, each twice as long as the one before, until 10 s have passed.

    Args:
        now: seconds of a clock that is never set.
        pause: waits for some seconds; true where it was told to wait no more.
        since: when what is tried was asked for, by that clock: its waiting counts from then on.
    """

    def __init__(
        self, now: Callable[[], float], pause: Callable[[float], bool], *, since: float
    ) -> None:
        self._now = now
        self._pause = pause
        self._until = since + PATIENCE_S
        self._next_s = FIRST_PAUSE_S
        self.is_over = False

    def again(self) -> bool:
        """After a failure, wait; whether to try once more then."""
        now = self._now()
        # Told to wait no more, it is over before its time.
        self.is_over = now >= self._until or self._pause(min(self._next_s, self._until - now))
        self._next_s = min(2 * self._next_s, LONGEST_PAUSE_S)
        return not self.is_over
