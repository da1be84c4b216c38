"""SIGTERM and SIGINT: the first ends the session, the next ends the process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interrupts:
    """Takes both signals from now on; to be made inside the running event loop.

    While there is nothing to end in good order, a signal interrupts the process at once.
    """

    def __init__(self) -> None:
        self._stop: Callable[[], None] | None = None
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.interrupt)

    def divert(self, stop: Callable[[], None]) -> None:
        """Let the next signal call ``stop``, once."""
        self._stop = stop

    def interrupt(self) -> None:
        """What a signal does.

        Raises:
            KeyboardInterrupt: there is nothing to end in good order, or no longer.
        """
        stop, self._stop = self._stop, None
        if stop is None:
            raise KeyboardInterrupt
        stop()
