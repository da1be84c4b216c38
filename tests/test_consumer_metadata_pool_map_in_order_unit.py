"""Many items in processes: in order, in bounded memory, whatever dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any, overload

import pytest
from pool_functions import (
    begin,
    dies_at_13,
    doubled,
    doubled_slowly_at_first,
    has_begun,
    process_of,
    raises_at_13,
    sleeps_from_8_on,
)

from consumer.metadata.pool import CHUNK, Lost, default_workers, map_in_order, prepare
from shared.processors import processors


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1, CHUNK, 3 * CHUNK + 1, 20 * CHUNK])
def test_results_come_in_the_order_of_the_items(workers: int, count: int) -> None:
    results = map_in_order(doubled_slowly_at_first, range(count), workers=workers)
    assert list(results) == [2 * k for k in range(count)]


def test_one_worker_is_this_process_and_more_are_others() -> None:
    assert set(map_in_order(process_of, range(4), workers=1)) == {os.getpid()}
    assert os.getpid() not in set(map_in_order(process_of, range(4), workers=2))


def test_an_item_whose_process_dies_is_lost_and_no_other() -> None:
    results = list(map_in_order(dies_at_13, range(90), workers=2))
    lost = results.pop(13)
    assert isinstance(lost, Lost)
    assert lost.item == 13 and isinstance(lost.cause, BrokenProcessPool)
    assert results == [2 * k for k in range(90) if k != 13]


def test_a_process_that_starts_while_another_dies_is_not_waited_for_in_vain() -> None:
    for _ in range(8):
        results = list(map_in_order(dies_at_13, range(13, 13 + 3 * CHUNK), workers=3))
        assert isinstance(results[0], Lost)
        assert results[1:] == [2 * k for k in range(14, 13 + 3 * CHUNK)]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_item_that_raises_is_lost_and_no_other(workers: int) -> None:
    results = list(map_in_order(raises_at_13, range(30), workers=workers))
    lost = results.pop(13)
    assert isinstance(lost, Lost)
    assert lost.item == 13 and repr(lost.cause) == "ValueError('unlucky')"
    assert results == [2 * k for k in range(30) if k != 13]


class _Watched(Sequence[int]):
    """Numbers that know which was asked for last."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.furthest = 0

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, k: int) -> int: ...

    @overload
    def __getitem__(self, k: slice) -> list[int]: ...

    def __getitem__(self, k: int | slice) -> int | list[int]:
        if isinstance(k, int):
            return k
        whole = list(range(self._count))[k]
        self.furthest = max(self.furthest, whole[-1])
        return whole


def test_no_more_is_begun_than_is_taken_and_what_is_left_is_dropped() -> None:
    items = _Watched(10_000)
    results: Iterator[int | Lost[int]] = map_in_order(doubled, items, workers=1)
    assert next(results) == 0
    assert items.furthest < 2 * CHUNK
    del results
    assert items.furthest < 2 * CHUNK


def test_what_processes_call_first_is_called_in_each() -> None:
    results = map_in_order(has_begun, range(3), workers=2, begin=begin)
    assert list(results) == [True] * 3
    assert not has_begun(0), "it was called in this process"


@pytest.mark.parametrize(("items", "most"), [(0, 1), (1, 1), (CHUNK, 1), (2 * CHUNK, 2)])
def test_a_few_items_are_not_worth_a_process(items: int, most: int) -> None:
    assert default_workers(items) == min(most, processors())
    assert 1 <= default_workers(10**6) <= 4


def test_preparing_twice_is_no_harm() -> None:
    prepare(("json",))
    prepare(("json",))
    assert list(map_in_order(doubled, [1], workers=2)) == [2]


def test_processes_end_at_once_when_no_more_results_are_wanted() -> None:
    results = map_in_order(sleeps_from_8_on, range(100), workers=2)
    assert next(results) == 0
    results.close()
    assert not multiprocessing.active_children()


class _Interrupting:
    """Is interrupted while it is handed to a process that starts."""

    def __init__(self) -> None:
        self.handed_over = False

    def __call__(self) -> None:
        """Nothing."""

    def __reduce__(self) -> tuple[Any, ...]:
        signal.raise_signal(signal.SIGINT)
        self.handed_over = True
        return partial, (int,)


def test_an_interrupt_waits_until_a_process_has_started() -> None:
    begin_with = _Interrupting()
    with pytest.raises(KeyboardInterrupt):
        next(map_in_order(doubled, range(100), workers=2, begin=begin_with))
    assert begin_with.handed_over
    assert not multiprocessing.active_children()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("workers", [1, 2])
def test_any_thread_may_ask(workers: int) -> None:
    results: list[int | Lost[int]] = []
    thread = threading.Thread(
        target=lambda: results.extend(map_in_order(doubled, range(20), workers=workers))
    )
    thread.start()
    thread.join()
    assert results == [2 * k for k in range(20)]
