"""The ledger's tables, as they are now; how older ones become so is in migrations.py."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

SCHEMA_VERSION = 3

metadata = MetaData()

schema = Table(
    "schema_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("consumer", String(64), nullable=False),
    Column("model", String(200), nullable=False),
    Column("classes", JSON, nullable=False),
    Column("dataset", String(200), nullable=False),
    Column("dataset_digest", String(64), nullable=False),
    Column("fps", Float, nullable=False),
    # As it is now: a stop lowers it. `planned` stays what it was at the start.
    Column("frames", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("created", Float, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    # The stored prefix: frames 0..stored-1 have rows in `runs`, and no other frame has.
    Column("stored", BigInteger, nullable=False),
    Column("unclassified", BigInteger, nullable=False),
    Column("delivery", String(8), nullable=False, server_default="every"),
    Column("planned", BigInteger, nullable=False, server_default="0"),
    Column("skipped", BigInteger, nullable=False, server_default="0"),
    # Of the stored prefix; NULL where version 1 stored frames, which kept none to go on from.
    Column("digest", String(32), nullable=True),
    Column("wire", JSON(none_as_null=True), nullable=True),
    # Names the call that made the present epoch, so that it is known again when it is repeated.
    Column("claim", String(16), nullable=True),
)

runs = Table(
    "runs",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    # Little-endian arrays, one element a frame: int16 labels (-1: unclassified), float32 0..1.
    Column("labels", LargeBinary, nullable=False),
    Column("confidences", LargeBinary, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("digest", String(32), nullable=False),
    # The same, int64 nanoseconds since 1970; NULL in runs of version 1.
    Column("sent_ns", LargeBinary, nullable=True),
    # What the model said of its doubt, NULL where it said nothing. Sets as bits, as many bytes a
    # frame as the run's greatest class needs (shared/sets.py): two for ten classes where JSON
    # needs three or more, each frame's at a place that is known. Novelties as confidences.
    Column("sets", LargeBinary, nullable=True),
    Column("novelties", LargeBinary, nullable=True),
)

skips = Table(
    "skips",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    # Positions of the schedule, not sequence numbers.
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
)

results = Table(
    "results",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("receipt", String(32), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("balance", JSON, nullable=False),
    Column("score", JSON(none_as_null=True), nullable=True),
)

samples = Table(
    "samples",
    metadata,
    Column("session", ForeignKey("sessions.id"), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("index", BigInteger, nullable=False),
    Column("label", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("png", LargeBinary, nullable=False),
    # Among those posted; NULL where version 1 stored them.
    Column("place", Integer, nullable=True),
)
