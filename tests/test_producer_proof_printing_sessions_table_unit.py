"""The tables and objects of the sessions commands say what the ledger has."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import SQLITE, fresh_database
from ledger_parts import IMAGES, OTHER, SESSION, connected, record, write_session
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from producer.ledger.account import read_account
from producer.ledger.answers import list_sessions, show_session
from producer.ledger.sessions import create
from producer.proof.evidence import Check
from producer.proof.printing import (
    session_object,
    session_table,
    sessions_table,
    verification_object,
    verification_table,
)
from producer.proof.verification import Verification, verify


@pytest.fixture(name="connection")
def connect(tmp_path: Path) -> Iterator[Connection]:
    """A connection to a ledger with one session accepted and one just opened."""
    with fresh_database(SQLITE, tmp_path) as url, connected(url) as connection:
        write_session(connection)
        create(connection, record(OTHER, created=86_400.0))
        yield connection


def _words(table: Table) -> list[list[str]]:
    """What is shown, each line in words."""
    written = io.StringIO()
    Console(file=written, width=200).print(table)
    return [line.split() for line in written.getvalue().splitlines() if line.strip()]


def test_sessions_are_lines(connection: Connection) -> None:
    lines = _words(sessions_table(list_sessions(connection, 5)))
    assert lines[1:] == [
        f"{OTHER} 1970-01-02 00:00:00 me a.pickle opened 10 100 0".split(),
        f"{SESSION} 1970-01-01 00:00:01 me a.pickle accepted 10 9 6 PASS".split(),
    ]


def test_of_a_session_every_figure_is_told(connection: Connection) -> None:
    answer, account = show_session(connection, SESSION), read_account(connection, SESSION)
    found = session_object(answer, account)
    assert (found["session"], found["planned"], found["runs"], found["samples"]) == (
        SESSION,
        9,
        2,
        2,
    )
    lines = _words(session_table(answer, account))
    assert ["classes", "shoe,", "coat,", "bag"] in lines
    assert ["created", "1970-01-01", "00:00:01", "UTC"] in lines
    assert ["score", "accuracy", "0.6667"] in lines
    assert ["data", "set", "a.pickle"] in lines
    assert ["data", "set", "digest", IMAGES.digest()] in lines
    assert not any("dataset" in line for line in lines)


def test_a_verification_ends_with_its_verdict(connection: Connection) -> None:
    found = verify(read_account(connection, SESSION), IMAGES)
    lines = _words(verification_table(found))
    assert lines[1] == "runs of predictions ok 2 runs, 6 frames".split()
    assert lines[-1] == ["session", SESSION, "PASS"]
    assert verification_object(found)["verdict"] == "PASS"


def test_a_reason_controls_no_terminal() -> None:
    found = Verification(SESSION, "FAIL", (Check("it", "wrong", "\x1b[2J"),), ("it: \x1b[2J",))
    assert "\x1b" not in str(_words(verification_table(found)))
