"""LedgerWriter shares transactions, completes a future only after its commit, and has patience."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from structlog.testing import capture_logs

from producer.ledger import writer as module
from producer.ledger.patience import PATIENCE_S
from producer.ledger.tables import metadata, schema
from producer.ledger.writer import GROUP, LedgerWriter, touch
from producer.vitals import WriterPulse
from shared.errors import StateError, StoreError

WAIT_S = 10.0


class _Clock:
    """Shows what a test sets, and moves by what is waited for."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> bool:
        """Wait in no time."""
        self.pauses.append(seconds)
        self.now += seconds
        return False


class _Sick:
    """Makes commits of an engine fail while ``error`` is set: those of number ``ill`` and so on."""

    def __init__(self, engine: Engine) -> None:
        self.error: Exception | None = None
        self.ill = range(1, 1_000)
        self.tries = 0
        self.look: Callable[[], None] = lambda: None
        event.listen(engine, "commit", self._commit)

    def _commit(self, _: object) -> None:
        self.tries += 1
        self.look()
        if self.error is not None and self.tries in self.ill:
            raise self.error


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


def _probe(connection: Connection) -> None:
    connection.execute(text("select 1"))


def _full() -> Exception:
    cause = sqlite3.OperationalError("database or disk is full")
    cause.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("commit", None, cause)


def _damaged() -> Exception:
    cause = sqlite3.DatabaseError("database disk image is malformed")
    cause.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return DatabaseError("commit", None, cause)


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


def test_a_bug_in_an_operation_reaches_who_waits_for_it_and_harms_no_other(
    writer: LedgerWriter,
) -> None:
    with capture_logs() as logs:
        with _held(writer):
            before, bad = writer.submit(_insert(1)), writer.submit(_crash)
            after = writer.submit(_insert(2))
        with pytest.raises(StoreError, match="the database failed .*got a bug"):
            bad.result(WAIT_S)
        assert (before.result(WAIT_S), after.result(WAIT_S)) == (1, 2)
    assert [line["event"] for line in logs] == ["ledger-writer-failed"]
    assert writer.submit(_numbers).result(WAIT_S) == [1, 2]


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


@pytest.fixture(name="clock")
def set_clock() -> _Clock:
    """A clock that stands at 100 s."""
    return _Clock()


@pytest.fixture(name="timed")
def make_timed_writer(engine: Engine, clock: _Clock) -> Iterator[LedgerWriter]:
    """A writer that goes by that clock."""
    writer = LedgerWriter(engine, where="numbers.db", now=clock, pause=clock.pause, probe=_probe)
    yield writer
    writer.close()


def _settled(writer: LedgerWriter) -> WriterPulse:
    """The pulse once nothing waits: a future completes a moment before that is noted."""
    while (pulse := writer.pulse()).waiting_s:
        pass
    return pulse


def _recovered(writer: LedgerWriter) -> WriterPulse:
    """The pulse once the database is well: a probe comes by itself."""
    while (pulse := writer.pulse()).failing:
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
    pulse = _settled(timed)
    assert (pulse.alive, pulse.waiting_s, pulse.quiet_s) == (True, 0.0, 0.0)


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


def test_while_the_database_fails_the_same_group_is_tried_again_and_nothing_is_acknowledged(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    with capture_logs() as logs:
        with _held(timed):
            futures = [timed.submit(_insert(n)) for n in (1, 2)]
            # The first is the one that holds.
            sick.error, sick.ill = _full(), range(2, 7)
            seen: list[tuple[bool, str]] = []
            sick.look = lambda: seen.append(
                (any(future.done() for future in futures), timed.pulse().failing)
            )
        assert [future.result(WAIT_S) for future in futures] == [1, 2]
    assert clock.pauses == [0.05, 0.1, 0.2, 0.4, 0.8]
    assert seen[:2] == [(False, "")] * 2
    assert seen[2:7] == [(False, "database or disk is full")] * 5
    assert _settled(timed) == WriterPulse(alive=True, waiting_s=0.0, quiet_s=0.0)
    assert timed.submit(_numbers).result(WAIT_S) == [1, 2]
    assert logs == [
        {
            "event": "ledger-failing",
            "log_level": "warning",
            "database": "numbers.db",
            "cause": "database or disk is full",
        },
        {
            "event": "ledger-recovered",
            "log_level": "info",
            "database": "numbers.db",
            "after_s": 1.55,
        },
    ]


def test_after_ten_seconds_the_whole_group_fails(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    with capture_logs():
        with _held(timed):
            futures = [timed.submit(_insert(n)) for n in (1, 2)]
            sick.error, sick.ill = _full(), range(2, 1_000)
        for future in futures:
            with pytest.raises(StoreError, match="failed in numbers.db: got database or disk is f"):
                future.result(WAIT_S)
        assert sum(clock.pauses) == pytest.approx(PATIENCE_S)
        assert max(clock.pauses) == 1.0
        assert timed.pulse().failing == "database or disk is full"
        sick.error = None
        assert _recovered(timed).alive
    assert timed.submit(_numbers).result(WAIT_S) == []


def test_a_try_that_fails_is_no_standstill(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    pulses: list[WriterPulse] = []

    def look(connection: Connection) -> None:
        pulses.append(timed.pulse())
        _insert(1)(connection)

    sick.error = _full()
    with capture_logs(), pytest.raises(StoreError):
        timed.submit(look).result(WAIT_S)
    assert max(pulse.waiting_s for pulse in pulses) == pytest.approx(PATIENCE_S)
    assert max(pulse.quiet_s for pulse in pulses) <= 1.0 + 1e-9
    assert clock.now == pytest.approx(100.0 + PATIENCE_S)
    sick.error = None


def test_every_try_has_a_connection_of_its_own(timed: LedgerWriter, engine: Engine) -> None:
    opened: list[object] = []
    event.listen(engine, "connect", lambda *_: opened.append(None))
    sick = _Sick(engine)
    sick.error = _full()
    with capture_logs(), pytest.raises(StoreError):
        timed.submit(_insert(1)).result(WAIT_S)
    assert len(opened) >= sick.tries - 1
    sick.error = None


@pytest.mark.parametrize("bad", [_refuse, _insert(0)])
def test_what_is_an_operations_own_fault_is_not_tried_again(
    timed: LedgerWriter, bad: Callable[[Connection], object], clock: _Clock
) -> None:
    timed.submit(_insert(0)).result(WAIT_S)
    with pytest.raises((StateError, StoreError)):
        timed.submit(bad).result(WAIT_S)
    assert (clock.pauses, timed.pulse().failing) == ([], "")


def test_damage_is_not_tried_again_and_not_called_well_by_a_later_success(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    sick.error = _damaged()
    with capture_logs():
        with pytest.raises(StoreError, match="got database disk image is malformed"):
            timed.submit(_insert(1)).result(WAIT_S)
        sick.error = None
        assert timed.submit(_insert(2)).result(WAIT_S) == 2
    assert clock.pauses == []
    assert timed.pulse().failing == "database disk image is malformed"


def test_where_a_group_is_tried_one_by_one_patience_is_for_all(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    with capture_logs():
        with _held(timed):
            futures: list[Future[object]] = [timed.submit(_refuse)]
            futures += [timed.submit(_insert(n)) for n in range(3)]
            sick.error, sick.ill = _full(), range(2, 1_000)
        with pytest.raises(StateError):
            futures[0].result(WAIT_S)
        for future in futures[1:]:
            with pytest.raises(StoreError, match="the database failed in numbers.db"):
                future.result(WAIT_S)
    assert sum(clock.pauses) == pytest.approx(PATIENCE_S)
    sick.error = None


def test_an_operation_that_waited_its_turn_while_the_database_failed_is_tried_once(
    timed: LedgerWriter, engine: Engine, clock: _Clock
) -> None:
    sick = _Sick(engine)
    with capture_logs():
        with _held(timed):
            futures = [timed.submit(_insert(n)) for n in range(GROUP + 1)]
            sick.error, sick.ill = _full(), range(2, 1_000)
        for future in futures:
            with pytest.raises(StoreError, match="disk is full"):
                future.result(WAIT_S)
    # The second group has waited as long as the first.
    assert clock.now == pytest.approx(100.0 + PATIENCE_S)
    sick.error = None


def test_in_a_hurry_a_failing_database_is_tried_no_more_and_fails_what_comes(
    engine: Engine,
) -> None:
    sick = _Sick(engine)
    sick.error = _full()
    writer = LedgerWriter(engine, where="numbers.db", probe=_locked)
    with capture_logs():
        first = writer.submit(_insert(1))
        while not writer.pulse().failing:
            pass
        writer.hurry()
        with pytest.raises(StoreError, match="disk is full"):
            first.result(WAIT_S)
        tries = sick.tries
        with pytest.raises(StoreError, match="the database failed in numbers.db$"):
            writer.submit(_insert(2)).result(WAIT_S)
        assert sick.tries == tries
        writer.close()


def test_in_a_hurry_a_database_that_is_well_still_commits(writer: LedgerWriter) -> None:
    writer.hurry()
    assert writer.submit(_insert(1)).result(WAIT_S) == 1
    assert writer.submit(_numbers).result(WAIT_S) == [1]


def test_closing_ends_the_patience(engine: Engine) -> None:
    sick = _Sick(engine)
    sick.error = _full()
    writer = LedgerWriter(engine, where="numbers.db", probe=_probe)
    with capture_logs():
        future = writer.submit(_insert(1))
        while not writer.pulse().failing:
            pass
        writer.close()
    with pytest.raises(StoreError, match="disk is full"):
        future.result(0)


def test_a_probe_that_fails_leaves_it_failing_until_one_does_not(
    engine: Engine, clock: _Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.001)
    probed: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def probe(connection: Connection) -> None:
        _probe(connection)
        probed.put(True)

    sick = _Sick(engine)
    sick.error = _full()
    with capture_logs() as logs:
        writer = LedgerWriter(engine, where="n", now=clock, pause=clock.pause, probe=probe)
        with pytest.raises(StoreError):
            writer.submit(_insert(1)).result(WAIT_S)
        for _ in range(3):
            assert probed.get(timeout=WAIT_S)
        assert writer.pulse().failing == "database or disk is full"
        sick.error = None
        assert _recovered(writer).failing == ""
        writer.close()
    names = [line["event"] for line in logs]
    assert (names[0], names[-1]) == ("ledger-failing", "ledger-recovered")
    assert names.count("ledger-failing") == 1


def test_the_probe_writes(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(schema.insert().values(version=2))
        connection.exec_driver_sql("pragma query_only=1")
        with pytest.raises(OperationalError, match="readonly database"):
            touch(connection)
        connection.exec_driver_sql("pragma query_only=0")
        touch(connection)
        assert connection.scalars(schema.select()).all() == [2]
    engine.dispose()
