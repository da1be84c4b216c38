"""Databases for the ledger's tests: a SQLite file always, PostgreSQL where there is a server.

A module has its ledger on both by a fixture of its own over ``KINDS`` and ``fresh_database``.
CATWALK_TEST_POSTGRES is the URL of a database in which schemas may be made; without it the tests on
PostgreSQL are skipped, or fail where CATWALK_REQUIRE_POSTGRES is set. ``tools/with_postgres.sh``
starts a server and sets both.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, create_engine, make_url

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
KINDS = (SQLITE, POSTGRESQL)
TEST_POSTGRES = "CATWALK_TEST_POSTGRES"
REQUIRE_POSTGRES = "CATWALK_REQUIRE_POSTGRES"
RESTART_POSTGRES = "CATWALK_TEST_POSTGRES_RESTART"
# Read before a test's own_settings takes every CATWALK_* variable away.
_server = os.environ.get(TEST_POSTGRES)
_required = os.environ.get(REQUIRE_POSTGRES)
_restart = os.environ.get(RESTART_POSTGRES)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database of this kind, which is gone afterwards.

    Args:
        kind: one of ``KINDS``.
        folder: where the file of SQLite is, as ``ledger.db``.
    """
    server = None if kind == SQLITE else _the_server()
    name = f"catwalk_{secrets.token_hex(6)}"
    try:
        if server is None:
            yield f"sqlite:///{folder / 'ledger.db'}"
        else:
            # A schema of its own is as empty as a database, and made in no time.
            execute(server, f"CREATE SCHEMA {name}")
            yield with_setting(server, "search_path", name)
    finally:
        if server is not None:
            execute(server, f"DROP SCHEMA IF EXISTS {name} CASCADE")


def with_setting(url: str, name: str, value: str) -> str:
    """The URL of a PostgreSQL server whose connections begin with this setting, too."""
    parsed = make_url(url)
    options = f"{parsed.query.get('options', '')} -c{name}={value}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> Sequence[Row[Any]]:
    """Run statements, each committed by itself; the rows of the last, none where it has none."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    rows: Sequence[Row[Any]] = ()
    try:
        with engine.connect() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
                rows = result.all() if result.returns_rows else ()
    finally:
        engine.dispose()
    return rows


def restart_postgres() -> None:
    """Restart the server as a crash would; the test is skipped where that is not possible."""
    if _restart is None:
        pytest.skip(f"{RESTART_POSTGRES} is not set: no server that may be restarted")
    subprocess.run(_restart, shell=True, check=True, timeout=60, capture_output=True)


def _the_server() -> str:
    if _server is None and _required:
        pytest.fail(f"{TEST_POSTGRES} is not set, but {REQUIRE_POSTGRES} is")
    if _server is None:
        pytest.skip(f"{TEST_POSTGRES} is not set: no PostgreSQL server to test on")
    return _server
