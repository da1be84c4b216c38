"""An event loop on a thread of its own, for scenarios that wait for processes meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from faults.proxy import Plan, Proxy, harmless

JOIN_S = 5.0
ANSWER_S = 120.0

T = TypeVar("T")


class Loop:
    """Owns the thread named "faults-loop", on which coroutines run."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="faults-loop", daemon=True
        )
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T], *, within: float = ANSWER_S) -> T:
        """Run a coroutine to its end."""
        return self.begin(work).result(within)

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine, and do not wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, action: Callable[[], None]) -> None:
        """Call a function on the loop, and wait until it has returned."""

        async def acting() -> None:
            action()

        self.do(acting())

    def close(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(JOIN_S)
        self._loop.close()


@contextmanager
def looping() -> Iterator[Loop]:
    """A loop while the block runs."""
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()


@contextmanager
def proxied(loop: Loop, port: int, plan: Plan = harmless) -> Iterator[Proxy]:
    """A proxy at 127.0.0.2 to the same port at 127.0.0.1, while the block runs.

    The stream is found at the host of the session channel and the port that the producer names,
    so a consumer that is given 127.0.0.2 finds both proxies, and the producer knows of none.
    """
    proxy = Proxy(("127.0.0.1", port), plan)
    loop.do(proxy.listen(("127.0.0.2", port)))
    try:
        yield proxy
    finally:
        loop.do(proxy.close())
