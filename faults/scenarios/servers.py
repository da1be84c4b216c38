"""F32: PostgreSQL goes away in the midst of a session, and comes back."""

from __future__ import annotations

import random
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from faults.site import Play, Site
from faults.surroundings import POSTGRES, POSTGRES_RESTART
from faults.values import NotPossible, Order, Outcome, Tally

AWAY_S = 2.0
END = "seconds from the server's return to the end"
END_S = 10.0


def server_restarted(order: Order) -> Outcome:
    """F32: the server is restarted as by a crash, or takes no connection for a while, in turn."""
    if not POSTGRES:
        raise NotPossible("CATWALK_TEST_POSTGRES names no server")
    tally = Tally(order)
    for run in range(order.runs):
        with _database() as (engine, url):
            play = Play(name="postgres", frames=200, fps=100.0)
            with Site(order.folder / f"run-{run}", order.nursery, store=url) as site:
                site.producer()
                consumer = site.consumer(play)
                _go_away(engine, url, run, order.chance(run), site)
                tally.add(run, site.ended(consumer, play, done=tally.timer(END)))
    tally.limit(END, END_S)
    return tally.outcome()


@contextmanager
def _database() -> Iterator[tuple[Engine, str]]:
    """A database of its own: an engine on its server, and its URL."""
    name = f"catwalk_faults_{secrets.token_hex(4)}"
    engine = create_engine(POSTGRES, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(POSTGRES).set(database=name)
        yield engine, url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


def _go_away(engine: Engine, url: str, run: int, chance: random.Random, site: Site) -> None:
    site.wait_stored("postgres", chance.randint(1, 100))
    if POSTGRES_RESTART and run % 2 == 0:
        subprocess.run(POSTGRES_RESTART, shell=True, check=True, capture_output=True)
        return
    name = make_url(url).database
    with engine.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        time.sleep(AWAY_S)
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
