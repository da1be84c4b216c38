"""What PostgreSQL needs so that what is committed stays committed."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import structlog
from sqlalchemy import URL, Engine, event

log = structlog.get_logger()

DRIVER = "psycopg"
STATEMENTS = (
    # Whatever the server's or the role's default is.
    "SET synchronous_commit TO on",
    "SET statement_timeout TO '10s'",
    "SET lock_timeout TO '10s'",
    "SET idle_in_transaction_session_timeout TO '60s'",
)
NETWORK = {
    "connect_timeout": "5",
    # A server that is gone without a word is noticed after as long as a statement may take.
    "tcp_user_timeout": "10000",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
}
"""libpq's options, seconds but for the milliseconds of tcp_user_timeout; the URL's own go first."""


def with_network_limits(url: URL) -> URL:
    """The URL with a limit for each wait on the network that it sets none for."""
    return url.update_query_dict({k: v for k, v in NETWORK.items() if k not in url.query})


def open_durably(engine: Engine) -> None:
    """Have every connection of an engine wait for the server's disk, and for nothing for long."""
    event.listen(engine, "connect", _set_up)


def open_to_read(engine: Engine) -> None:
    """Have no connection of an engine write anything."""
    event.listen(engine, "connect", _set_read_only)


def warn_of_settings(engine: Engine, where: str) -> None:
    """Say so where the server itself is set up to lose what it has committed."""
    with engine.connect() as connection:
        fsync = connection.exec_driver_sql("SHOW fsync").scalar()
    if fsync != "on":
        log.warning("database-not-durable", database=where, fsync=fsync)


def _set_up(connection: Any, _record: object) -> None:
    _run(connection, STATEMENTS)


def _set_read_only(connection: Any, _record: object) -> None:
    _run(connection, ("SET default_transaction_read_only TO on", *STATEMENTS[1:]))


def _run(connection: Any, statements: tuple[str, ...]) -> None:
    # Outside a transaction: what is set within one ends with its rollback.
    connection.autocommit = True
    with closing(connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.autocommit = False
