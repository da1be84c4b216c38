"""A ledger as version 1 of its tables had it: what it was is written here once and for ever."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from databases import execute
from ledger_parts import CLASSES, IMAGES, Script, sample
from sqlalchemy import create_engine, text

from shared.digests import pixel_crc, run_digest

ACCEPTED, BROKEN, OPENED = "a" * 16, "b" * 16, "c" * 16
OLD_DIGEST = run_digest([pixel_crc(image.tobytes()) for image in IMAGES.stack[:2]])
_TABLES = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version))",
    "CREATE TABLE sessions (id VARCHAR(16) NOT NULL, consumer VARCHAR(64) NOT NULL,"
    " model VARCHAR(200) NOT NULL, classes JSON NOT NULL, dataset VARCHAR(200) NOT NULL,"
    " dataset_digest VARCHAR(64) NOT NULL, fps FLOAT NOT NULL, frames BIGINT NOT NULL,"
    " epoch BIGINT NOT NULL, created FLOAT NOT NULL, state VARCHAR(16) NOT NULL,"
    " stored BIGINT NOT NULL, unclassified BIGINT NOT NULL, PRIMARY KEY (id))",
    "CREATE INDEX ix_sessions_created ON sessions (created)",
    "CREATE TABLE results (session VARCHAR(16) NOT NULL, receipt VARCHAR(32) NOT NULL,"
    " summary JSON NOT NULL, balance JSON NOT NULL, score JSON, PRIMARY KEY (session),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "CREATE TABLE runs (session VARCHAR(16) NOT NULL, first BIGINT NOT NULL, epoch BIGINT NOT NULL,"
    " labels {binary} NOT NULL, confidences {binary} NOT NULL, reasons JSON NOT NULL,"
    " digest VARCHAR(32) NOT NULL, PRIMARY KEY (session, first),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "CREATE TABLE samples (session VARCHAR(16) NOT NULL, sequence BIGINT NOT NULL,"
    ' "index" BIGINT NOT NULL, label INTEGER NOT NULL, name VARCHAR(200) NOT NULL,'
    " confidence FLOAT NOT NULL, png {binary} NOT NULL, PRIMARY KEY (session, sequence),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "INSERT INTO schema_version VALUES (1)",
)


def write_version_1(url: str) -> None:
    """Make such a database, with one session accepted, one broken and one just opened."""
    engine = create_engine(url)
    binary = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
    engine.dispose()
    execute(url, *(table.format(binary=binary) for table in _TABLES))
    _insert(url, "sessions", _session(ACCEPTED, "accepted", 2, 1, frames=2, created=3.0))
    _insert(url, "sessions", _session(BROKEN, "broken", 2, 1, frames=5, created=2.0))
    _insert(url, "sessions", _session(OPENED, "opened", 0, 0, frames=5, created=1.0))
    for session in (ACCEPTED, BROKEN):
        _insert(url, "runs", _run(session))
    _insert(url, "results", _results())
    picture = sample(0, 0, 0).model_dump(exclude={"png"})
    _insert(url, "samples", {"session": ACCEPTED, **picture, "png": sample(0, 0, 0).png})


def _insert(url: str, table: str, row: dict[str, Any]) -> None:
    engine = create_engine(url)
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    engine.dispose()


def _session(
    session: str, state: str, stored: int, unclassified: int, *, frames: int, created: float
) -> dict[str, Any]:
    return {
        "id": session,
        "consumer": "me",
        "model": "net",
        "classes": json.dumps(CLASSES),
        "dataset": "a.pickle",
        "dataset_digest": IMAGES.digest(),
        "fps": 10.0,
        "frames": frames,
        "epoch": 1,
        "created": created,
        "state": state,
        "stored": stored,
        "unclassified": unclassified,
    }


def _run(session: str) -> dict[str, Any]:
    return {
        "session": session,
        "first": 0,
        "epoch": 1,
        "labels": np.array([0, -1], "<i2").tobytes(),
        "confidences": np.array([0.5, 0.0], "<f4").tobytes(),
        "reasons": json.dumps({"1": "too-large"}),
        "digest": OLD_DIGEST,
    }


def _results() -> dict[str, Any]:
    script = Script(ACCEPTED)
    script.run([0, -1])
    posted = script.results()
    answer = script.accepted(posted, 2)
    balance = answer.balance.model_dump(mode="json")
    for side in ("producer", "consumer"):
        del balance[side]["wire"]
        balance[side]["digest"] = OLD_DIGEST
    balance["consumer"] |= {"duplicates": 4, "corrupt": 1}
    return {
        "session": ACCEPTED,
        "receipt": "9" * 32,
        "summary": posted.summary.model_dump_json(),
        "balance": json.dumps(balance),
        "score": answer.score and answer.score.model_dump_json(),
    }
