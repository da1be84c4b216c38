"""Ledger keeps sessions, runs, results and samples in a database, behind an asyncio face."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from databases import KINDS, SQLITE, fresh_database
from ledger_parts import CLASSES, IMAGES, OTHER, SESSION, Script, record, sample
from sqlalchemy.engine.default import DefaultDialect
from structlog.testing import capture_logs

from producer.ledger import patience
from producer.ledger.account import read_account
from producer.ledger.database import reading
from producer.ledger.ledger import Ledger
from producer.ledger.records import Skip, Wish
from producer.proof.verification import verify
from shared.errors import NoSessionError, StateError, StoreError
from shared.reports import ProducerWire
from shared.states import SessionState

T = TypeVar("T")
WIRE = ProducerWire(frames=9, connections=2)


def _do(work: Awaitable[T]) -> T:
    async def wait() -> T:
        return await work

    return asyncio.run(wait())


@pytest.fixture(name="url", params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(name="ledger")
def opened_ledger(url: str) -> Iterator[Ledger]:
    """A ledger that knows one session."""
    ledger = Ledger(url)
    _do(ledger.create(record()))
    yield ledger
    ledger.close()


async def _play(ledger: Ledger) -> Script:
    """The session to its end: two runs, a loss between them, three frames skipped."""
    script = Script()
    await ledger.append(script.run([0, 1, -1], Skip(1, 2)))
    script.epoch = (await ledger.resume(SESSION, 1)).epoch
    await ledger.append(script.run([2]))
    last = (Skip(6, 1),)
    await ledger.mark(SESSION, 2, SessionState.COMPLETE, 7, skips=last, wire=WIRE)
    script.skips += last
    return script


def test_a_session_is_played_resumed_and_accepted(ledger: Ledger) -> None:
    script = _do(_play(ledger))
    found = _do(ledger.kept(SESSION))
    assert (found.epoch, found.state, found.stored, found.skipped) == (
        2,
        SessionState.COMPLETE,
        4,
        3,
    )
    stored = _do(ledger.predictions(SESSION))
    assert (stored.labels.tolist(), stored.positions.tolist()) == ([0, 1, -1, 2], [0, 3, 4, 5])
    assert _do(ledger.predictions(SESSION, first=2, limit=1)).reasons == {2: "too-large"}
    posted = script.results(sample(0, 0, 0))
    answer = script.accepted(posted, 7)
    assert _do(ledger.accept(posted, answer)) == answer
    assert _do(ledger.accepted(SESSION)) == answer
    assert _do(ledger.session(SESSION)).balance == answer.balance
    assert [info.state for info in _do(ledger.sessions(5))] == ["accepted"]


def test_everything_survives_reopening(url: str) -> None:
    ledger = Ledger(url)
    _do(ledger.create(record()))
    _do(_play(ledger))
    before = _do(ledger.kept(SESSION))
    ledger.close()
    ledger = Ledger(url)
    assert _do(ledger.kept(SESSION)) == before
    assert _do(ledger.predictions(SESSION)).labels.tolist() == [0, 1, -1, 2]
    assert _do(ledger.suspend_all()) == 1
    assert _do(ledger.kept(SESSION)).state is SessionState.SUSPENDED
    ledger.close()


def test_commits_that_happened_and_were_reported_as_failed_are_done_once(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0.0)
    ledger = Ledger(url)
    commit: Callable[[DefaultDialect, Any], None] = DefaultDialect.do_commit
    commits = count()

    def doubtful(dialect: DefaultDialect, connection: Any) -> None:
        commit(dialect, connection)
        if next(commits) % 2 == 0:
            raise dialect.loaded_dbapi.OperationalError("the connection was lost")

    monkeypatch.setattr(DefaultDialect, "do_commit", doubtful)

    async def play() -> Script:
        await ledger.create(record())
        script = await _play(ledger)
        posted = script.results(sample(0, 0, 0))
        answer = script.accepted(posted, 7)
        assert await ledger.accept(posted, answer) == answer
        return script

    with capture_logs():
        script = _do(play())
    # Six operations that write, each tried twice.
    assert next(commits) == 12
    monkeypatch.undo()
    ledger.close()
    with reading(url) as connection:
        found = verify(read_account(connection, SESSION), IMAGES)
        account = read_account(connection, SESSION)
    assert (account.epoch, account.digest, len(account.runs)) == (2, script.digest, 2)
    assert (found.verdict, found.reasons) == ("PASS", ())


def test_the_latest_session_that_fits_is_found(ledger: Ledger) -> None:
    wish = Wish("me", "net", CLASSES, IMAGES.digest(), "newest", 10.0, 100)
    _do(ledger.create(record(OTHER, created=2.0)))
    assert _do(ledger.latest(wish)) == OTHER


def test_what_is_not_there_is_named(ledger: Ledger) -> None:
    for missing in (ledger.kept(OTHER), ledger.session(OTHER), ledger.resume(OTHER, 1)):
        with pytest.raises(NoSessionError, match=f"no such session in the ledger: got {OTHER}"):
            _do(missing)
    with pytest.raises(StateError, match="no results were accepted"):
        _do(ledger.accepted(SESSION))


def test_of_two_different_runs_for_one_place_at_once_one_is_stored(ledger: Ledger) -> None:
    async def both() -> list[None | BaseException]:
        runs = Script().run([1, 2]), Script().run([2, 1])
        work = [ledger.append(run) for run in runs]
        return list(await asyncio.gather(*work, return_exceptions=True))

    first, second = _do(both())
    assert first is None and isinstance(second, StateError)
    assert _do(ledger.predictions(SESSION)).labels.tolist() == [1, 2]


def test_of_several_who_resume_at_once_one_does(ledger: Ledger) -> None:
    async def all_of_them() -> list[object]:
        work = [ledger.resume(SESSION, 1) for _ in range(5)]
        return list(await asyncio.gather(*work, return_exceptions=True))

    refused = [found for found in _do(all_of_them()) if isinstance(found, StateError)]
    assert len(refused) == 4
    assert _do(ledger.kept(SESSION)).epoch == 2


def test_many_sessions_at_once_keep_apart(ledger: Ledger) -> None:
    names = [f"{k:016x}" for k in range(40)]

    async def play(name: str, k: int) -> list[int]:
        await ledger.create(record(name))
        script = Script(name)
        for _ in range(3):
            await ledger.append(script.run([k]))
        return list((await ledger.predictions(name)).labels)

    async def all_of_them() -> list[list[int]]:
        return await asyncio.gather(*(play(name, k) for k, name in enumerate(names)))

    assert _do(all_of_them()) == [[k] * 3 for k in range(40)]


def test_a_closed_ledger_refuses_work(tmp_path: Path) -> None:
    with fresh_database(SQLITE, tmp_path) as url:
        ledger = Ledger(url)
        ledger.close()
        with pytest.raises(StoreError, match="the ledger is closed in sqlite:///"):
            _do(ledger.sessions(1))


def test_what_was_submitted_happens_though_nobody_waits_for_it_any_more(ledger: Ledger) -> None:
    async def give_up() -> int:
        appending = asyncio.create_task(ledger.append(Script().run([1, 2])))
        await asyncio.sleep(0)
        appending.cancel()
        await asyncio.wait([appending])
        assert appending.cancelled()
        return len((await ledger.predictions(SESSION)).labels)

    assert _do(give_up()) == 2


def test_a_note_is_written_down_without_a_wait_in_a_hurry_too(ledger: Ledger) -> None:
    ledger.hurry()
    ledger.note(SESSION, 1, SessionState.SUSPENDED, 7, wire=WIRE)
    known = _do(ledger.kept(SESSION))
    assert (known.state, known.wire.frames) == (SessionState.SUSPENDED, WIRE.frames)


def test_its_pulse_is_the_writers(ledger: Ledger) -> None:
    pulse = ledger.pulse()
    assert (pulse.alive, pulse.failing) == (True, "")
    assert pulse.quiet_s >= 0.0
    ledger.close()
    assert not ledger.pulse().alive
