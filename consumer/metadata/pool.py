"""Applies a function to many items in processes: in order, in bounded memory, whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, Pipe
from typing import Generic, TypeVar

from shared.processors import processors

CHUNK = 8
_AHEAD = 4
_MOST_WORKERS = 4
_ENDS = (signal.SIGINT, signal.SIGTERM)

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Lost(Generic[Item]):
    """An item without a result: its process died, or the function raised.

    Args:
        item: which.
        cause: what the item alone, in a process of its own, ended with.
    """

    item: Item
    cause: BaseException


def default_workers(items: int) -> int:
    """How many processes are worth their start: 1, no process at all, for a few items.

    As many as this process may use processors, at most 4.
    """
    return max(1, min(processors(), _MOST_WORKERS, items // CHUNK))


def prepare(preload: Sequence[str]) -> None:
    """Begin to import what processes will need, while this one does something else.

    Args:
        preload: modules that all of them need, imported once.
    """
    if _can_fork_from_a_server():
        forkserver.set_forkserver_preload(list(preload))
        resource_tracker.ensure_running()
        with _uninterrupted():
            forkserver.ensure_running()


def map_in_order(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    workers: int,
    begin: Callable[[], object] = int,
) -> Generator[Result | Lost[Item], None, None]:
    """Give the results of all items in their order.

    An item whose process dies, of memory for instance, is tried once more by itself, together
    with those that were under way; only the one that does it again is lost. Where no more results
    are wanted (an interrupt, ``close``) the processes end at once, and so they do when this
    process dies, of whatever.

    Args:
        function: of a module's top level; it, its items and its results can be pickled.
        items: what it is applied to.
        workers: processes; 1: a thread of this process.
        begin: what each process calls first, but not the thread; by default nothing.
    """
    places = _Places(workers, begin)
    # The thread rests while its results are used: what it does to standard error is the process's.
    ahead = 1 if workers == 1 else workers * _AHEAD
    chunks = (items[k : k + CHUNK] for k in range(0, len(items), CHUNK))
    waiting: deque[tuple[Sequence[Item], Future[list[Result]], _Crew]] = deque()
    try:
        for chunk in chunks:
            waiting.append((chunk, places.submit(_apply, function, chunk), places.crew))
            if len(waiting) >= ahead:
                yield from _outcome(function, places, *waiting.popleft())
        while waiting:
            yield from _outcome(function, places, *waiting.popleft())
    except BaseException:
        places.abandon()
        raise
    finally:
        places.close()


class _Crew:
    """An executor and the leash of its processes: they end when its other end is let go.

    An executor that has lost a process may wait for ever for another one that was started at that
    very moment and that nobody tells to end; whoever lets go of the leash ends that one, too.
    """

    def __init__(self, workers: int, begin: Callable[[], object], *, is_thread: bool) -> None:
        self._leash, self._hand = Pipe(duplex=False)
        self.executor = (
            ThreadPoolExecutor(1, thread_name_prefix="inspector")
            if is_thread
            else _processes(workers, begin, self._leash)
        )

    def let_go(self) -> None:
        """End the processes in the middle of what they do."""
        self._hand.close()

    def close(self) -> None:
        """End the processes; what has not begun is dropped."""
        self.executor.shutdown(cancel_futures=True)
        self._hand.close()
        self._leash.close()


class _Places:
    """A ``crew`` that is replaced when it has lost a process."""

    def __init__(self, workers: int, begin: Callable[[], object]) -> None:
        self._workers = workers
        self._begin = begin
        self.crew = self._start(workers)
        self._single: _Crew | None = None

    def submit(
        self,
        apply: Callable[[Callable[[Item], Result], Sequence[Item]], list[Result]],
        function: Callable[[Item], Result],
        chunk: Sequence[Item],
    ) -> Future[list[Result]]:
        """Begin a chunk, in a new crew where the present one has lost a process."""
        with _uninterrupted():
            try:
                return self.crew.executor.submit(apply, function, chunk)
            except BrokenExecutor:
                self.crew.let_go()
                self.crew.close()
                self.crew = self._start(self._workers)
                return self.crew.executor.submit(apply, function, chunk)

    def alone(self, function: Callable[[Item], Result], item: Item) -> Result | Lost[Item]:
        """The result of one item, in a process that has nothing else at that time."""
        if self._single is None:
            self._single = self._start(1)
        with _uninterrupted():
            future = self._single.executor.submit(function, item)
        cause = future.exception()
        if isinstance(cause, BrokenExecutor):
            self._single.let_go()
            self._single.close()
            self._single = None
        return future.result() if cause is None else Lost(item, cause)

    def abandon(self) -> None:
        """End the processes in the middle of what they do."""
        for crew in self._crews():
            crew.let_go()

    def close(self) -> None:
        """End the processes; what has not begun is dropped."""
        for crew in self._crews():
            crew.close()

    def _crews(self) -> Iterator[_Crew]:
        yield self.crew
        if self._single is not None:
            yield self._single

    def _start(self, workers: int) -> _Crew:
        return _Crew(workers, self._begin, is_thread=self._workers == 1)


def _processes(workers: int, begin: Callable[[], object], leash: Connection) -> Executor:
    # Neither a fork of threads nor an import for each process.
    method = "forkserver" if _can_fork_from_a_server() else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(begin, leash)
    )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let signals wait while processes start: a half started one would be nobody's.

    Those that are started here are born with the signals blocked: Ctrl-C reaches all processes of
    a terminal, and the one that gave the work decides.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    # To block them is not enough: another thread's signal is handled by this one all the same.
    handlers = {each: signal.signal(each, lambda one, _: waiting.append(one)) for each in _ENDS}
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for each, handler in handlers.items():
            signal.signal(each, handler)
        for number in waiting:
            signal.raise_signal(number)


def _can_fork_from_a_server() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods()


def _outcome(
    function: Callable[[Item], Result],
    places: _Places,
    chunk: Sequence[Item],
    future: Future[list[Result]],
    crew: _Crew,
) -> Iterator[Result | Lost[Item]]:
    cause = future.exception()
    if cause is None:
        yield from future.result()
        return
    if isinstance(cause, BrokenExecutor):
        crew.let_go()
    for item in chunk:
        yield places.alone(function, item)


def _apply(function: Callable[[Item], Result], chunk: Sequence[Item]) -> list[Result]:
    return [function(item) for item in chunk]


def _begin(begin: Callable[[], object], leash: Connection) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()
    begin()


def _end_with(leash: Connection) -> None:
    """End this process when the one that gave the work lets go, or is no more."""
    # Nothing is ever sent: what comes is the end.
    leash.poll(None)
    os._exit(1)
