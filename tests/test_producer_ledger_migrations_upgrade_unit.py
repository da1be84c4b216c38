"""upgrade makes what a database lacks, and of earlier versions what they are now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databases import KINDS, execute, fresh_database
from ledger_parts import IMAGES, SENT_NS, Script, connected
from ledger_version_1 import ACCEPTED, BROKEN, OLD_DIGEST, OPENED, write_version_1
from ledger_version_2 import UNFINISHED, write_version_2
from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from producer.ledger import migrations
from producer.ledger.account import read_account
from producer.ledger.answers import accepted, list_sessions
from producer.ledger.migrations import check_version, stored_version, upgrade
from producer.ledger.records import Wish
from producer.ledger.runs import append, predictions
from producer.ledger.sessions import kept, latest, resume
from producer.ledger.tables import SCHEMA_VERSION, metadata
from producer.proof.verification import verify
from shared.digests import NO_FRAMES
from shared.errors import CatwalkError, StateError, StoreError
from shared.reports import ConsumerWire, ProducerWire
from shared.states import SessionState


@pytest.fixture(name="url", params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


def _form(url: str) -> dict[str, object]:
    """Every table's columns, keys and indices."""
    engine = create_engine(url)
    found = inspect(engine)
    form: dict[str, object] = {
        name: (
            sorted(
                (column["name"], str(column["type"]), column["nullable"], str(column["default"]))
                for column in found.get_columns(name)
            ),
            found.get_pk_constraint(name)["constrained_columns"],
            [
                (key["constrained_columns"], key["referred_table"])
                for key in found.get_foreign_keys(name)
            ],
            [(index["name"], index["column_names"]) for index in found.get_indexes(name)],
        )
        for name in sorted(found.get_table_names())
    }
    engine.dispose()
    return form


def _upgrade(url: str) -> None:
    engine = create_engine(url)
    try:
        upgrade(engine, "here")
    finally:
        engine.dispose()


def test_an_empty_database_gets_every_table_and_the_version(url: str) -> None:
    _upgrade(url)
    assert sorted(_form(url)) == sorted(metadata.tables)
    with connected(url) as connection:
        assert stored_version(connection) == SCHEMA_VERSION == 3


def test_one_whose_making_was_cut_short_is_completed(url: str) -> None:
    execute(url, "create table schema_version (version integer not null primary key)")
    _upgrade(url)
    assert sorted(_form(url)) == sorted(metadata.tables)


@pytest.mark.parametrize(("write", "version"), [(write_version_1, 1), (write_version_2, 2)])
def test_an_earlier_version_becomes_what_a_new_one_is(
    url: str, tmp_path: Path, write: Callable[[str], None], version: int
) -> None:
    write(url)
    with capture_logs() as logs:
        _upgrade(url)
    assert logs == [
        {"event": "ledger-upgraded", "log_level": "info", "database": "here", "version": made}
        for made in range(version + 1, SCHEMA_VERSION + 1)
    ]
    kind = create_engine(url).dialect.name
    (tmp_path / "new").mkdir()
    with fresh_database(kind, tmp_path / "new") as other:
        _upgrade(other)
        assert _form(url) == _form(other)


def test_what_version_1_stored_is_read_back(url: str) -> None:
    write_version_1(url)
    with connected(url) as connection:
        states = {info.session: info.state for info in list_sessions(connection, 10)}
        assert states == {ACCEPTED: "accepted", BROKEN: "suspended", OPENED: "opened"}
        stored = predictions(connection, BROKEN, first=0, limit=None)
        assert (stored.labels.tolist(), stored.sent_ns.tolist()) == ([0, -1], [0, 0])
        answer = accepted(connection, ACCEPTED)
        assert (answer.receipt, answer.balance.verdict) == ("9" * 32, "PASS")
        assert answer.balance.consumer.wire == ConsumerWire(duplicates=4, corrupt=1)
        assert answer.balance.producer.wire == ProducerWire()
        assert answer.balance.producer.digest == OLD_DIGEST


def test_a_session_of_version_2_goes_on_with_doubt(url: str) -> None:
    write_version_2(url)
    with connected(url) as connection:
        before = predictions(connection, UNFINISHED, first=0, limit=None)
        assert (before.labels.tolist(), before.sent_ns.tolist()) == (
            [0, -1],
            [SENT_NS, SENT_NS + 1],
        )
        assert (before.sets, before.novelties) == (None, None)
        script = Script(UNFINISHED, epoch=2, doubts=True)
        script.run([0, -1])
        assert resume(connection, UNFINISHED, 1, claim="a" * 16).digest == script.digest
        append(connection, script.run([2]))
        after = predictions(connection, UNFINISHED, first=0, limit=None)
        assert after.sets is not None and after.sets.members() == [(), (), (0, 1, 2)]
        assert verify(read_account(connection, UNFINISHED), IMAGES).verdict == "UNFINISHED"


def test_of_version_1_only_a_session_without_frames_can_be_resumed(url: str) -> None:
    write_version_1(url)
    wish = Wish("me", "net", ("shoe", "coat", "bag"), IMAGES.digest(), "every", None, 5)
    with connected(url) as connection:
        found = kept(connection, OPENED)
        assert (found.digest, found.wire, found.record.delivery) == (
            NO_FRAMES,
            ProducerWire(),
            "every",
        )
        assert latest(connection, wish) == OPENED
        assert resume(connection, OPENED, 1, claim="a" * 16).state is SessionState.OPENED
        with pytest.raises(StateError, match=f"cannot be resumed in session {BROKEN}"):
            resume(connection, BROKEN, 1, claim="a" * 16)


def test_verification_says_what_version_1_left_nothing_to_check_by(url: str) -> None:
    write_version_1(url)
    with connected(url) as connection:
        found = {
            name: verify(read_account(connection, name), IMAGES) for name in (ACCEPTED, BROKEN)
        }
    assert {name: one.verdict for name, one in found.items()} == {
        ACCEPTED: "PASS",
        BROKEN: "UNFINISHED",
    }
    unchecked = [
        (check.name, check.detail)
        for check in found[ACCEPTED].checks
        if check.outcome == "unchecked"
    ]
    assert unchecked == [
        ("content digest", "an earlier version kept none of this kind"),
        ("receipt", "an earlier version stored the results"),
    ]


@pytest.mark.parametrize(("write", "version"), [(write_version_1, 1), (write_version_2, 2)])
def test_a_step_that_fails_leaves_the_database_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch, write: Callable[[str], None], version: int
) -> None:
    write(url)
    before = _form(url)
    steps = list(migrations.MIGRATIONS)
    step = steps[version - 1]

    def fail(connection: Connection) -> None:
        step(connection)
        raise ZeroDivisionError

    steps[version - 1] = fail
    monkeypatch.setattr(migrations, "MIGRATIONS", tuple(steps))
    with pytest.raises(ZeroDivisionError):
        _upgrade(url)
    assert _form(url) == before
    assert execute(url, "select version from schema_version")[0][0] == version


def test_of_several_at_once_one_migrates_and_all_find_it_done(url: str) -> None:
    write_version_1(url)
    together = threading.Barrier(4)
    failures: list[Exception] = []

    def migrate() -> None:
        engine = create_engine(url)
        try:
            together.wait(10)
            upgrade(engine, "here")
        except (CatwalkError, SQLAlchemyError) as error:
            failures.append(error)
        engine.dispose()

    with capture_logs() as logs:
        threads = [threading.Thread(target=migrate) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    assert [line["version"] for line in logs] == [2, 3]
    assert execute(url, "select count(*) from sessions")[0][0] == 3


@pytest.mark.parametrize("version", [-1, 0, SCHEMA_VERSION + 1, 99])
def test_a_version_that_is_not_known_is_refused(url: str, version: int) -> None:
    execute(
        url,
        "create table schema_version (version integer not null primary key)",
        f"insert into schema_version values ({version})",
    )
    with pytest.raises(
        StoreError, match=f"another version's database in here: .*3 or earlier, got {version}"
    ):
        _upgrade(url)
    assert sorted(_form(url)) == ["schema_version"]


@pytest.mark.parametrize("version", [None, 1, 2, SCHEMA_VERSION])
def test_versions_that_are_known_pass(version: int | None) -> None:
    check_version(version, "here")
