"""A ledger as version 2 of its tables had it: what it was is written here once and for ever."""

from __future__ import annotations

import json

import numpy as np
from databases import execute
from ledger_parts import CLASSES, IMAGES, SENT_NS
from sqlalchemy import create_engine, text

from shared.digests import ContentDigest, pixel_crc, run_digest

UNFINISHED = "d" * 16
CRCS = [pixel_crc(image.tobytes()) for image in IMAGES.stack[:2]]
_TABLES = (
    "CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version))",
    "CREATE TABLE sessions (id VARCHAR(16) NOT NULL, consumer VARCHAR(64) NOT NULL,"
    " model VARCHAR(200) NOT NULL, classes JSON NOT NULL, dataset VARCHAR(200) NOT NULL,"
    " dataset_digest VARCHAR(64) NOT NULL, fps FLOAT NOT NULL, frames BIGINT NOT NULL,"
    " epoch BIGINT NOT NULL, created FLOAT NOT NULL, state VARCHAR(16) NOT NULL,"
    " stored BIGINT NOT NULL, unclassified BIGINT NOT NULL,"
    " delivery VARCHAR(8) DEFAULT 'every' NOT NULL, planned BIGINT DEFAULT '0' NOT NULL,"
    " skipped BIGINT DEFAULT '0' NOT NULL, digest VARCHAR(32), wire JSON, claim VARCHAR(16),"
    " PRIMARY KEY (id))",
    "CREATE INDEX ix_sessions_created ON sessions (created)",
    "CREATE TABLE results (session VARCHAR(16) NOT NULL, receipt VARCHAR(32) NOT NULL,"
    " summary JSON NOT NULL, balance JSON NOT NULL, score JSON, PRIMARY KEY (session),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "CREATE TABLE runs (session VARCHAR(16) NOT NULL, first BIGINT NOT NULL, epoch BIGINT NOT NULL,"
    " labels {binary} NOT NULL, confidences {binary} NOT NULL, reasons JSON NOT NULL,"
    " digest VARCHAR(32) NOT NULL, sent_ns {binary}, PRIMARY KEY (session, first),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "CREATE TABLE samples (session VARCHAR(16) NOT NULL, sequence BIGINT NOT NULL,"
    ' "index" BIGINT NOT NULL, label INTEGER NOT NULL, name VARCHAR(200) NOT NULL,'
    " confidence FLOAT NOT NULL, png {binary} NOT NULL, place INTEGER,"
    " PRIMARY KEY (session, sequence), FOREIGN KEY(session) REFERENCES sessions (id))",
    "CREATE TABLE skips (session VARCHAR(16) NOT NULL, first BIGINT NOT NULL,"
    " count BIGINT NOT NULL, PRIMARY KEY (session, first),"
    " FOREIGN KEY(session) REFERENCES sessions (id))",
    "INSERT INTO schema_version VALUES (2)",
)
_SESSION = (
    "INSERT INTO sessions (id, consumer, model, classes, dataset, dataset_digest, fps, frames,"
    " epoch, created, state, stored, unclassified, planned, digest)"
    " VALUES (:id, 'me', 'net', :classes, 'a.pickle', :dataset_digest, 10.0, 5, 1, 1.0,"
    " 'suspended', 2, 1, 5, :digest)"
)
_RUN = (
    "INSERT INTO runs (session, first, epoch, labels, confidences, reasons, digest, sent_ns)"
    " VALUES (:session, 0, 1, :labels, :confidences, :reasons, :digest, :sent_ns)"
)


def write_version_2(url: str) -> None:
    """Make such a database, with one session that was cut off after two of five frames."""
    engine = create_engine(url)
    binary = "BLOB" if engine.dialect.name == "sqlite" else "BYTEA"
    execute(url, *(table.format(binary=binary) for table in _TABLES))
    digest = ContentDigest()
    digest.update(CRCS)
    session = {
        "id": UNFINISHED,
        "classes": json.dumps(CLASSES),
        "dataset_digest": IMAGES.digest(),
        "digest": digest.hexdigest(),
    }
    run = {
        "session": UNFINISHED,
        "labels": np.array([0, -1], "<i2").tobytes(),
        "confidences": np.array([0.5, 0.0], "<f4").tobytes(),
        "reasons": json.dumps({"1": "too-large"}),
        "digest": run_digest(CRCS),
        "sent_ns": np.array([SENT_NS, SENT_NS + 1], "<i8").tobytes(),
    }
    with engine.begin() as connection:
        connection.execute(text(_SESSION), session)
        connection.execute(text(_RUN), run)
    engine.dispose()
