"""LedgerWriter shares transactions, and completes a future only after its commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from structlog.testing import capture_logs

from producer.ledger import writer as module
from producer.ledger.writer import GROUP, LedgerWriter
from producer.vitals import WriterPulse
from shared.errors import StateError, StoreError

WAIT_S = 10.0


class _Counts:
    """Counts transactions of an engine that did something."""

    def __init__(self, engine: Engine) -> None:
        self.begun = self.committed = self.rolled_back = 0
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "rollback", self._rollback)

    def _begin(self, _: object) -> None:
        self.begun += 1

    def _commit(self, _: object) -> None:
        self.committed += 1

    def _rollback(self, _: object) -> None:
        self.rolled_back += 1


@pytest.fixture(name="engine")
def make_engine(tmp_path: Path) -> Engine:
    """A database with one table of numbers."""
    engine = create_engine(f"sqlite:///{tmp_path / 'numbers.db'}")
    with engine.begin() as connection:
        connection.execute(text("create table numbers (n integer primary key)"))
    return engine


@pytest.fixture(name="writer")
def make_writer(engine: Engine) -> Iterator[LedgerWriter]:
    """A writer on it, closed afterwards."""
    writer = LedgerWriter(engine, where="numbers.db")
    yield writer
    writer.close()


def _insert(n: int) -> Callable[[Connection], int]:
    def operation(connection: Connection) -> int:
        connection.execute(text("insert into numbers values (:n)"), {"n": n})
        return n

    return operation


def _numbers(connection: Connection) -> list[int]:
    return list(connection.scalars(text("select n from numbers order by n")))


@contextmanager
def _held(writer: LedgerWriter) -> Iterator[None]:
    """While the block runs the writer is busy, so that what is submitted waits as one group."""
    began, release = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        began.set()
        assert release.wait(WAIT_S)

    holding = writer.submit(hold)
    assert began.wait(WAIT_S)
    yield
    release.set()
    holding.result(WAIT_S)


def _note(seen: list[int], n: int) -> Callable[[Connection], None]:
    return lambda _: seen.append(n)


def _refuse(_: Connection) -> None:
    raise StateError("not allowed")


def _crash(_: Connection) -> None:
    raise ZeroDivisionError("a bug")


def _locked(_: Connection) -> None:
    raise OperationalError("begin", None, Exception("database is locked"))


def test_an_operation_gives_its_value(writer: LedgerWriter) -> None:
    assert writer.submit(_insert(7)).result(WAIT_S) == 7
    assert writer.submit(_numbers).result(WAIT_S) == [7]


def test_a_future_completes_only_after_the_commit(writer: LedgerWriter, engine: Engine) -> None:
    done_at_commit: list[bool] = []
    with _held(writer):
        future = writer.submit(_insert(1))
        event.listen(engine, "commit", lambda _: done_at_commit.append(future.done()))
    future.result(WAIT_S)
    assert done_at_commit == [False, False]


def test_operations_that_wait_share_transactions(writer: LedgerWriter, engine: Engine) -> None:
    counts = _Counts(engine)
    with _held(writer):
        futures = [writer.submit(_insert(n)) for n in range(2 * GROUP + 1)]
    assert [future.result(WAIT_S) for future in futures] == list(range(2 * GROUP + 1))
    # The one that held, two full groups, and one with the rest.
    assert (counts.begun, counts.committed, counts.rolled_back) == (4, 4, 0)


def test_operations_happen_in_the_order_of_submission(writer: LedgerWriter) -> None:
    seen: list[int] = []
    with _held(writer):
        for n in range(10):
            writer.submit(_note(seen, n))
    writer.submit(_numbers).result(WAIT_S)
    assert seen == list(range(10))


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (_refuse, StateError, "not allowed"),
        (_insert(0), StoreError, "the database failed in numbers.db: got UNIQUE constraint failed"),
    ],
)
def test_one_failing_operation_does_not_take_its_group_down(
    writer: LedgerWriter,
    bad: Callable[[Connection], object],
    error: type[Exception],
    message: str,
) -> None:
    with _held(writer):
        good = [writer.submit(_insert(n)) for n in (0, 1)]
        failing: Future[object] = writer.submit(bad)
        good.append(writer.submit(_insert(2)))
    assert [future.result(WAIT_S) for future in good] == [0, 1, 2]
    with pytest.raises(error, match=message):
        failing.result(WAIT_S)
    assert writer.submit(_numbers).result(WAIT_S) == [0, 1, 2]


def test_the_database_error_is_chained(writer: LedgerWriter) -> None:
    writer.submit(_insert(1)).result(WAIT_S)
    with pytest.raises(StoreError) as raised:
        writer.submit(_insert(1)).result(WAIT_S)
    assert isinstance(raised.value.__cause__, IntegrityError)


def test_where_the_database_itself_fails_the_group_fails_at_once(
    writer: LedgerWriter, engine: Engine
) -> None:
    counts = _Counts(engine)
    with _held(writer):
        futures: list[Future[object]] = [writer.submit(_insert(1)), writer.submit(_locked)]
    for future in futures:
        with pytest.raises(StoreError, match="got database is locked"):
            future.result(WAIT_S)
    assert (counts.begun, counts.rolled_back) == (2, 1)
    assert writer.submit(_numbers).result(WAIT_S) == []


def test_a_bug_in_an_operation_reaches_those_who_wait_and_the_thread_goes_on(
    writer: LedgerWriter,
) -> None:
    with capture_logs() as logs:
        with _held(writer):
            futures: list[Future[object]] = [writer.submit(_insert(1)), writer.submit(_crash)]
        for future in futures:
            with pytest.raises(StoreError, match="the database failed .*got a bug"):
                future.result(WAIT_S)
    assert [line["event"] for line in logs] == ["ledger-writer-failed"]
    assert writer.submit(_insert(2)).result(WAIT_S) == 2


def test_a_cancelled_operation_does_not_happen_and_harms_no_other(writer: LedgerWriter) -> None:
    with _held(writer):
        unwanted, wanted = writer.submit(_insert(1)), writer.submit(_insert(2))
        assert unwanted.cancel()
    assert wanted.result(WAIT_S) == 2
    assert writer.submit(_numbers).result(WAIT_S) == [2]


def test_closing_commits_what_waits_and_refuses_what_comes_later(engine: Engine) -> None:
    writer = LedgerWriter(engine, where="numbers.db")
    with _held(writer):
        futures = [writer.submit(_insert(n)) for n in range(3)]
    writer.close()
    assert [future.result(0) for future in futures] == [0, 1, 2]
    with pytest.raises(StoreError, match="the ledger is closed in numbers.db"):
        writer.submit(_insert(9))
    writer.close()


def test_a_thread_that_does_not_end_is_an_error(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOIN_S", 0.05)
    writer = LedgerWriter(engine, where="numbers.db")
    with _held(writer):
        with pytest.raises(StoreError, match="thread did not end in numbers.db: expected 0.05 s"):
            writer.close()
    monkeypatch.undo()
    writer.close()


def test_the_thread_has_a_name(writer: LedgerWriter) -> None:
    name = writer.submit(lambda _: threading.current_thread().name).result(WAIT_S)
    assert name == "ledger-writer"


class _Clock:
    """Shows what a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def set_clock() -> _Clock:
    """A clock that stands at 100 s."""
    return _Clock()


@pytest.fixture(name="timed")
def make_timed_writer(engine: Engine, clock: _Clock) -> Iterator[LedgerWriter]:
    """A writer that goes by that clock."""
    writer = LedgerWriter(engine, where="numbers.db", now=clock)
    yield writer
    writer.close()


def _settled(writer: LedgerWriter) -> WriterPulse:
    """The pulse once nothing waits: a future completes a moment before that is noted."""
    while (pulse := writer.pulse()).waiting_s:
        pass
    return pulse


def test_a_writer_with_nothing_to_do_is_quiet_and_nothing_waits(
    timed: LedgerWriter, clock: _Clock
) -> None:
    clock.now = 150.0
    assert timed.pulse() == WriterPulse(alive=True, waiting_s=0.0, quiet_s=50.0)


def test_what_it_has_in_hand_waits_since_its_submission(timed: LedgerWriter, clock: _Clock) -> None:
    with _held(timed):
        clock.now = 103.0
        later = timed.submit(_insert(1))
        clock.now = 112.0
        assert timed.pulse() == WriterPulse(alive=True, waiting_s=12.0, quiet_s=12.0)
    later.result(WAIT_S)
    assert _settled(timed) == WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)


def test_an_operation_that_waited_its_turn_has_waited_since_its_submission(
    timed: LedgerWriter, clock: _Clock
) -> None:
    began, release = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        began.set()
        assert release.wait(WAIT_S)

    with _held(timed):
        clock.now = 103.0
        later = timed.submit(hold)
        clock.now = 112.0
    assert began.wait(WAIT_S)
    clock.now = 115.0
    assert timed.pulse() == WriterPulse(alive=True, waiting_s=12.0, quiet_s=3.0)
    release.set()
    later.result(WAIT_S)


@pytest.mark.parametrize("bad", [_refuse, _crash, _locked])
def test_an_operation_that_fails_is_completed_too(
    bad: Callable[[Connection], object], timed: LedgerWriter, clock: _Clock
) -> None:
    clock.now = 130.0
    with capture_logs(), pytest.raises((StateError, StoreError)):
        timed.submit(bad).result(WAIT_S)
    assert _settled(timed) == WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)


def test_each_operation_that_is_tried_alone_is_a_completion(
    timed: LedgerWriter, clock: _Clock
) -> None:
    pulses: list[WriterPulse] = []

    def slow(_: Connection) -> None:
        clock.now += 8.0
        pulses.append(timed.pulse())

    with _held(timed):
        futures: list[Future[object]] = [timed.submit(slow), timed.submit(slow)]
        futures.append(timed.submit(_refuse))
    with pytest.raises(StateError):
        futures[-1].result(WAIT_S)
    # Together both take 16 s and are rolled back; alone, each is done after 8 s.
    assert [pulse.quiet_s for pulse in pulses] == [8.0, 16.0, 24.0, 8.0]
    assert [pulse.waiting_s for pulse in pulses] == [8.0, 16.0, 24.0, 32.0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_died_is_not_alive_and_what_it_had_in_hand_waits(
    timed: LedgerWriter, clock: _Clock
) -> None:
    def die(_: Connection) -> None:
        raise SystemExit

    timed.submit(die)
    while timed.pulse().alive:
        # Busy waiting: the thread has nothing else to do than to end.
        pass
    clock.now = 140.0
    assert timed.pulse() == WriterPulse(alive=False, waiting_s=40.0, quiet_s=40.0)
