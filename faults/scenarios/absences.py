"""F29 and F30: a producer that is not there yet, one that is away, a database that is locked."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

HEALED = "seconds from healing to end"
HEALED_S = 30.0
AWAY_FULL_S, AWAY_SHORT_S = 300.0, 2.0
LOCKED_FULL_S, LOCKED_SHORT_S = 10.0, 2.0


def before_the_peer(order: Order) -> Outcome:
    """F29: a consumer is started first, and its producer some seconds later."""
    tally = Tally(order)
    for run in range(order.runs):
        play = Play(name="early", options=("--patience", "60"))
        with Site(order.folder / f"run-{run}", order.nursery) as site:
            consumer = site.consumer(play)
            time.sleep(order.chance(run).uniform(0.5, 3.0))
            site.producer()
            tally.add(run, site.ended(consumer, play, done=tally.timer(HEALED)))
    tally.limit(HEALED, HEALED_S, exact=True)
    return tally.outcome()


def producer_away(order: Order) -> Outcome:
    """F30: the producer is killed in a session, and comes back five minutes later."""
    tally = Tally(order)
    away_s = AWAY_FULL_S if order.full else AWAY_SHORT_S
    plays = [
        Play(name=f"left-{run}", fps=100.0, resume_for=away_s + 60.0) for run in range(order.runs)
    ]
    with Site(order.folder, order.nursery) as site:
        producer = site.producer()
        consumers = [site.consumer(play) for play in plays]
        for play in plays:
            site.wait_stored(play.name, 10)
        producer.kill()
        time.sleep(away_s)
        site.producer()
        done = tally.timer(HEALED)
        for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True)):
            tally.add(run, site.ended(consumer, play, done=done))
    tally.limit(HEALED, HEALED_S, exact=True)
    return tally.outcome()


def database_locked(order: Order) -> Outcome:
    """F30b: another process locks the ledger's file in the midst of a session."""
    tally = Tally(order)
    for run in range(order.runs):
        play = Play(name="locked", frames=200, fps=100.0)
        with Site(order.folder / f"run-{run}", order.nursery) as site:
            site.producer()
            consumer = site.consumer(play)
            site.wait_stored(play.name, order.chance(run).randint(1, 100))
            _lock(site, LOCKED_FULL_S if order.full else LOCKED_SHORT_S)
            tally.add(run, site.ended(consumer, play, done=tally.timer(HEALED)))
    tally.limit(HEALED, HEALED_S, exact=True)
    return tally.outcome()


def _lock(site: Site, seconds: float) -> None:
    path = site.store.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        connection.execute("ROLLBACK")
