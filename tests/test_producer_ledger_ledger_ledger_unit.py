"""Ledger keeps sessions, runs, results and samples in a database file."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from message_examples import PRODUCER_COUNTS, SCORE, png
from producer_parts import CLASSES, SESSION, predictions, results

from producer.ledger.ledger import Ledger, SessionRecord, StoredPredictions
from shared.balance import balance
from shared.errors import StateError, StoreError
from shared.messages import Accepted, Predictions, Results, Unclassified
from shared.reports import Sample
from shared.states import SessionState

T = TypeVar("T")
OTHER = "f" * 16
POSTED = results([1, 2, 3], unclassified=1)
PICTURE = png(2, 1)
SAMPLE = Sample(
    sequence=1, index=1, label=2, name="bag", confidence=0.25, png=base64.b64encode(PICTURE)
)


def _record(session: str = SESSION, *, created: float = 1.0) -> SessionRecord:
    return SessionRecord(
        session=session,
        consumer="me",
        model="net",
        classes=CLASSES,
        dataset="a.pickle",
        dataset_digest="d" * 64,
        fps=10.0,
        frames=100,
        epoch=1,
        created=created,
    )


def _accepted(
    posted: Results = POSTED, *, receipt: str = "a" * 32, scored: bool = True
) -> Accepted:
    return Accepted(
        session=posted.session,
        receipt=receipt,
        balance=balance(posted.session, PRODUCER_COUNTS, posted.counts),
        score=SCORE if scored else None,
    )


@pytest.fixture(name="path")
def database_path(tmp_path: Path) -> Path:
    """Where the ledger's file is."""
    return tmp_path / "ledger.db"


@pytest.fixture(name="ledger")
def opened_ledger(path: Path) -> Iterator[Ledger]:
    """A ledger that knows one session."""
    ledger = Ledger(f"sqlite:///{path}")
    _do(ledger.create(_record()))
    yield ledger
    ledger.close()


def _do(work: Awaitable[T]) -> T:
    async def wait() -> T:
        return await work

    return asyncio.run(wait())


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_a_new_session_is_open_and_empty(ledger: Ledger) -> None:
    answer = _do(ledger.session(SESSION))
    assert answer.info.model_dump(exclude={"type"}) == {
        "session": SESSION,
        "consumer": "me",
        "dataset": "a.pickle",
        "state": "opened",
        "fps": 10.0,
        "frames": 100,
        "stored": 0,
        "created": 1.0,
        "verdict": None,
    }
    assert (answer.balance, answer.score) == (None, None)


def test_a_session_of_the_same_name_is_a_store_error(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="UNIQUE constraint failed"):
        _do(ledger.create(_record()))


def test_runs_are_read_back_in_order_with_their_types(ledger: Ledger, path: Path) -> None:
    _do(ledger.append(predictions([1, 2], labels=(0, -1))))
    _do(ledger.append(predictions([3], first=2, labels=(999,))))
    stored = _do(ledger.predictions(SESSION))
    assert stored.labels.tolist() == [0, -1, 999]
    assert stored.confidences.tolist() == [0.5, 0.0, 0.5]
    assert [str(part.dtype) for part in (stored.labels, stored.confidences)] == ["int16", "float32"]
    assert stored.unclassified == 1
    assert _do(ledger.session(SESSION)).info.stored == 3
    assert _rows(path, "select stored, unclassified from sessions") == [(3, 1)]
    assert _rows(path, "select first, reasons from runs order by first") == [
        (0, '{"1": "too-large"}'),
        (2, "{}"),
    ]


def test_a_session_without_runs_has_no_predictions(ledger: Ledger) -> None:
    stored = _do(ledger.predictions(SESSION))
    assert isinstance(stored, StoredPredictions)
    assert (len(stored.labels), len(stored.confidences), stored.unclassified) == (0, 0, 0)


def test_two_reasons_for_one_frame_count_it_once(ledger: Ledger, path: Path) -> None:
    reason = Unclassified(sequence=0, reason="too-large")
    run = predictions([1], labels=(-1,)).model_copy(update={"unclassified": (reason, reason)})
    _do(ledger.append(run))
    assert _rows(path, "select unclassified from sessions") == [(1,)]


@pytest.mark.parametrize(
    "run",
    [
        predictions([1], first=0),
        predictions([1], first=1),
        predictions([1], first=3),
        predictions([1], first=2, epoch=2),
        predictions([1], first=2, session=OTHER),
    ],
    ids=["again", "overlap", "gap", "epoch", "session"],
)
def test_a_run_that_does_not_continue_the_prefix_is_refused_and_not_stored(
    run: Predictions, ledger: Ledger, path: Path
) -> None:
    _do(ledger.append(predictions([1, 2])))
    before = _rows(path, "select * from sessions"), _rows(path, "select * from runs")
    with pytest.raises(StateError, match="run does not continue the stored frames in session"):
        _do(ledger.append(run))
    assert (_rows(path, "select * from sessions"), _rows(path, "select * from runs")) == before


def test_of_the_same_run_twice_at_once_one_is_stored(ledger: Ledger) -> None:
    async def both() -> list[None | BaseException]:
        run = predictions([1, 2])
        twice = ledger.append(run), ledger.append(run)
        return list(await asyncio.gather(*twice, return_exceptions=True))

    first, second = _do(both())
    assert first is None and isinstance(second, StateError)
    assert len(_do(ledger.predictions(SESSION)).labels) == 2


def test_many_sessions_at_once_keep_apart(ledger: Ledger) -> None:
    names = [f"{k:016x}" for k in range(40)]

    async def play(name: str, k: int) -> list[int]:
        await ledger.create(_record(name))
        for first in range(3):
            await ledger.append(predictions([1], first=first, labels=(k,), session=name))
        return list((await ledger.predictions(name)).labels)

    async def all_of_them() -> list[list[int]]:
        return await asyncio.gather(*(play(name, k) for k, name in enumerate(names)))

    assert _do(all_of_them()) == [[k] * 3 for k in range(40)]


def test_state_and_number_of_frames_are_written_down(ledger: Ledger) -> None:
    _do(ledger.mark(SESSION, SessionState.DRAINING, 42))
    info = _do(ledger.session(SESSION)).info
    assert (info.state, info.frames) == ("draining", 42)


def test_results_are_kept_with_balance_score_and_pictures(ledger: Ledger, path: Path) -> None:
    posted = POSTED.model_copy(update={"samples": (SAMPLE,)})
    accepted = _accepted(posted)
    _do(ledger.accept(posted, accepted))
    answer = _do(ledger.session(SESSION))
    assert (answer.balance, answer.score) == (accepted.balance, accepted.score)
    assert (answer.info.state, answer.info.verdict) == ("accepted", accepted.balance.verdict)
    assert _rows(path, "select sequence, label, name, confidence, png from samples") == [
        (1, 2, "bag", 0.25, PICTURE)
    ]


def test_results_without_score_are_kept_without_score(ledger: Ledger) -> None:
    _do(ledger.accept(POSTED, _accepted(scored=False)))
    assert _do(ledger.session(SESSION)).score is None


def test_the_same_results_again_change_nothing(ledger: Ledger, path: Path) -> None:
    posted = POSTED.model_copy(update={"samples": (SAMPLE,)})
    _do(ledger.accept(posted, _accepted(posted)))
    _do(ledger.accept(posted, _accepted(posted)))
    assert _rows(path, "select count(*) from results") == [(1,)]
    assert _rows(path, "select count(*) from samples") == [(1,)]


def test_other_results_are_refused_and_not_stored(ledger: Ledger, path: Path) -> None:
    _do(ledger.accept(POSTED, _accepted()))
    with pytest.raises(
        StateError,
        match=f"other results were accepted before in session {SESSION}: "
        f"expected the content with receipt {'a' * 32}, got {'b' * 32}",
    ):
        _do(ledger.accept(POSTED, _accepted(receipt="b" * 32)))
    assert _rows(path, "select receipt from results") == [("a" * 32,)]


def test_an_accepted_session_stays_accepted_whatever_crosses_it(ledger: Ledger) -> None:
    _do(ledger.accept(POSTED, _accepted()))
    _do(ledger.mark(SESSION, SessionState.BROKEN, 3))
    info = _do(ledger.session(SESSION)).info
    assert (info.state, info.frames) == ("accepted", 100)


def test_an_unknown_session_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StateError, match=f"no such session in the ledger: got {OTHER}"):
        _do(ledger.session(OTHER))


def test_sessions_come_newest_first_up_to_the_limit(ledger: Ledger) -> None:
    for k in (3, 2, 4):
        _do(ledger.create(_record(f"{k:016x}", created=float(k))))
    assert [info.created for info in _do(ledger.sessions(500))] == [4.0, 3.0, 2.0, 1.0]
    assert [info.created for info in _do(ledger.sessions(2))] == [4.0, 3.0]


def test_everything_survives_reopening(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    _do(ledger.create(_record()))
    _do(ledger.append(predictions([1, 2])))
    _do(ledger.accept(POSTED, _accepted()))
    before = _do(ledger.session(SESSION))
    ledger.close()
    ledger = Ledger(f"sqlite:///{path}")
    assert _do(ledger.session(SESSION)) == before
    assert _do(ledger.predictions(SESSION)).labels.tolist() == [0, 1]
    ledger.close()


def test_a_closed_ledger_refuses_work(path: Path) -> None:
    ledger = Ledger(f"sqlite:///{path}")
    ledger.close()
    with pytest.raises(StoreError, match="the ledger is closed in sqlite:///"):
        _do(ledger.sessions(1))


def test_what_was_submitted_happens_though_nobody_waits_for_it_any_more(ledger: Ledger) -> None:
    async def give_up() -> int:
        appending = asyncio.create_task(ledger.append(predictions([1, 2])))
        await asyncio.sleep(0)
        appending.cancel()
        await asyncio.wait([appending])
        assert appending.cancelled()
        return len((await ledger.predictions(SESSION)).labels)

    assert _do(give_up()) == 2


def _hold(path: Path) -> sqlite3.Connection:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    return other


def test_a_database_that_another_process_holds_is_a_store_error_and_heals(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.ledger.database.PRAGMAS", ("journal_mode=WAL", "busy_timeout=20"))
    ledger = Ledger(f"sqlite:///{path}")
    _do(ledger.create(_record()))
    other = _hold(path)
    with pytest.raises(StoreError, match="the database failed .*database is locked"):
        _do(ledger.append(predictions([1])))
    other.execute("rollback")
    other.close()
    _do(ledger.append(predictions([1])))
    assert len(_do(ledger.predictions(SESSION)).labels) == 1
    ledger.close()


def test_its_pulse_is_the_writers(ledger: Ledger) -> None:
    pulse = ledger.pulse()
    assert pulse.alive
    assert pulse.quiet_s >= 0.0
    ledger.close()
    assert not ledger.pulse().alive
