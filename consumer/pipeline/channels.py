"""A queue between two threads with a bound, an end and numbers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from shared.errors import CatwalkError
from shared.reports import QueueUse

T = TypeVar("T")


class ChannelClosed(Exception):
    """The taking side of a channel has gone, so nothing more can be put."""


class Channel(Generic[T]):
    """A bounded queue; one side puts, the other takes, and either can end it.

    Args:
        capacity: how many items it holds at most; a put beyond that waits.
        on_change: called after each put and at the end, on the thread that did it, so that an
            event loop can be told.
    """

    def __init__(self, capacity: int, *, on_change: Callable[[], None] | None = None) -> None:
        self._capacity = capacity
        self._on_change = on_change
        self._items: deque[T] = deque()
        self._lock = threading.Lock()
        self._has_items = threading.Condition(self._lock)
        self._has_room = threading.Condition(self._lock)
        self._ended = False
        self._failure: CatwalkError | None = None
        self._high_water = 0
        self._waits = 0

    def put(self, item: T) -> None:
        """Add an item; waits while the channel is full.

        Raises:
            ChannelClosed: the channel was ended.
        """
        with self._lock:
            if len(self._items) >= self._capacity and not self._ended:
                self._waits += 1
                self._has_room.wait_for(lambda: len(self._items) < self._capacity or self._ended)
            if self._ended:
                raise ChannelClosed
            self._items.append(item)
            self._high_water = max(self._high_water, len(self._items))
            self._has_items.notify()
        self._tell()

    def take(self, limit: int) -> list[T]:
        """Wait for items and take those that are there, at most ``limit``; none after the end.

        Raises:
            CatwalkError: what the putting side failed with, once all that it put before is taken.
        """
        with self._lock:
            self._has_items.wait_for(lambda: self._items or self._ended)
            return self._take(limit)

    def drain(self) -> tuple[list[T], bool]:
        """Take all that is there without waiting; the flag says that this is the end.

        Raises:
            CatwalkError: as ``take``.
        """
        with self._lock:
            return self._take(self._capacity), self._ended and self._failure is None

    def close(self) -> None:
        """End the channel; items already put can still be taken."""
        with self._lock:
            self._end()
        self._tell()

    def fail(self, error: CatwalkError) -> None:
        """End the channel with an error, which a take raises in its turn; the first one stays."""
        with self._lock:
            self._failure = self._failure or error
            self._end()
        self._tell()

    def use(self) -> QueueUse:
        """Capacity, greatest depth, and how many puts had to wait."""
        with self._lock:
            return QueueUse(capacity=self._capacity, high_water=self._high_water, waits=self._waits)

    @property
    def failure(self) -> CatwalkError | None:
        """What the putting side failed with."""
        with self._lock:
            return self._failure

    def is_abandoned_by(self, thread: threading.Thread) -> bool:
        """Whether the thread that puts here has died: it is gone, and the channel not ended."""
        # In this order: a thread that ends as it should ends the channel first.
        gone = thread.ident is not None and not thread.is_alive()
        with self._lock:
            return gone and not self._ended

    def _take(self, limit: int) -> list[T]:
        if self._failure is not None and not self._items:
            raise self._failure
        items = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
        self._has_room.notify_all()
        return items

    def _end(self) -> None:
        self._ended = True
        self._has_items.notify_all()
        self._has_room.notify_all()

    def _tell(self) -> None:
        if self._on_change is not None:
            self._on_change()
