"""F31: a ledger that an older or a newer version has written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

STORE_FAILED = 8
NEWER = 99
VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
INSERT INTO schema_version VALUES (1);
CREATE TABLE sessions (id VARCHAR(16) NOT NULL, consumer VARCHAR(64) NOT NULL,
  model VARCHAR(200) NOT NULL, classes JSON NOT NULL, dataset VARCHAR(200) NOT NULL,
  dataset_digest VARCHAR(64) NOT NULL, fps FLOAT NOT NULL, frames BIGINT NOT NULL,
  epoch BIGINT NOT NULL, created FLOAT NOT NULL, state VARCHAR(16) NOT NULL,
  stored BIGINT NOT NULL, unclassified BIGINT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_sessions_created ON sessions (created);
CREATE TABLE runs (session VARCHAR(16) NOT NULL, first BIGINT NOT NULL, epoch BIGINT NOT NULL,
  labels BLOB NOT NULL, confidences BLOB NOT NULL, reasons JSON NOT NULL,
  digest VARCHAR(32) NOT NULL, PRIMARY KEY (session, first),
  FOREIGN KEY(session) REFERENCES sessions (id));
CREATE TABLE results (session VARCHAR(16) NOT NULL, receipt VARCHAR(32) NOT NULL,
  summary JSON NOT NULL, balance JSON NOT NULL, score JSON, PRIMARY KEY (session),
  FOREIGN KEY(session) REFERENCES sessions (id));
CREATE TABLE samples (session VARCHAR(16) NOT NULL, sequence BIGINT NOT NULL,
  "index" BIGINT NOT NULL, label INTEGER NOT NULL, name VARCHAR(200) NOT NULL,
  confidence FLOAT NOT NULL, png BLOB NOT NULL, PRIMARY KEY (session, sequence),
  FOREIGN KEY(session) REFERENCES sessions (id));
INSERT INTO sessions VALUES ('00000000000000aa', 'old', 'm', '[]', 'd', 'x', 10.0, 9, 1, 1.0,
  'broken', 2, 0);
INSERT INTO runs VALUES ('00000000000000aa', 0, 1, x'00000100', x'0000003f0000003f', '{}', '00');
"""
"""What version 1 left of a session that was cut off after two of nine frames."""


def other_schemas(order: Order) -> Outcome:
    """F31: an older ledger is migrated with its rows; a newer one is refused and left as it is."""
    tally = Tally(order)
    for run in range(order.runs):
        case = (_older, _newer)[run % 2]
        with Site(order.folder / f"run-{run}", order.nursery) as site:
            tally.add(run, case(site))
    return tally.outcome()


def _older(site: Site) -> list[str]:
    _write(site, "")
    site.producer()
    play = Play(name="new", frames=40)
    found = site.ended(site.consumer(play), play)
    for book in site.books("old"):
        stored, state = book.session["stored"], book.session["state"]
        if (stored, state, len(book.runs)) != (2, "suspended", 1):
            found.append(f"of the older version's session are left {stored} frames, {state}")
    return found if site.books("old") else [*found, "the older version's session is gone"]


def _newer(site: Site) -> list[str]:
    path = _write(site, f"UPDATE schema_version SET version = {NEWER};")
    before = path.read_bytes()
    producer = site.producer(serving=False)
    code = producer.wait()
    last = producer.lines()[-1]
    found = [] if code == STORE_FAILED else [f"ended with {code}: expected {STORE_FAILED}"]
    if str(NEWER) not in str(last.get("reason")):
        found.append(f"the last line names no version: {last}")
    return found if path.read_bytes() == before else [*found, "the newer ledger was changed"]


def _write(site: Site, change: str) -> Path:
    path = Path(site.store.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1 + change)
    return path
