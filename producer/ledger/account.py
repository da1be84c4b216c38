"""Everything the ledger has of one session, as it stands there: for whoever checks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from producer.ledger import tables
from producer.ledger.records import SessionRecord, Skip
from producer.ledger.runs import skips_of
from producer.ledger.sessions import record_of
from shared.errors import NoSessionError


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A row of ``runs``, nothing of it checked.

    Args:
        first: sequence number of its first frame.
        epoch: in which it was stored.
        labels: little-endian int16, one a frame.
        confidences: little-endian float32, one a frame.
        sent_ns: little-endian int64, one a frame; None in runs of version 1.
        reasons: by sequence number, as text.
        digest: of the frames of the run.
        sets: prediction sets as bits, as many bytes for each frame; None where there are none.
        novelties: little-endian float32, one a frame; None where there are none.
    """

    first: int
    epoch: int
    labels: bytes
    confidences: bytes
    sent_ns: bytes | None
    reasons: Mapping[str, str]
    digest: str
    sets: bytes | None = None
    novelties: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeptSample:
    """A row of ``samples``; its ``place`` among those posted is None in rows of version 1."""

    sequence: int
    index: int
    label: int
    name: str
    confidence: float
    png: bytes
    place: int | None


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A row of ``results``, its parts as JSON."""

    receipt: str
    summary: Mapping[str, Any]
    balance: Mapping[str, Any]
    score: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Account:
    """A session with all that belongs to it; nothing of it is checked.

    Args:
        record: what was written when it was opened; ``frames`` as it is now.
        planned: how many frames it was opened with.
        epoch: of its last connection.
        state: its state by name.
        stored: how many frames it says are stored.
        unclassified: how many of them it says have no label.
        skipped: how many positions it says were skipped.
        digest: content digest of the stored frames; None where version 1 stored some.
        runs: in order of their first frames.
        skips: in order of position.
        answer: to its results; None before there were any.
        samples: in the order in which they were posted.
    """

    record: SessionRecord
    planned: int
    epoch: int
    state: str
    stored: int
    unclassified: int
    skipped: int
    digest: str | None
    runs: tuple[KeptRun, ...]
    skips: tuple[Skip, ...]
    answer: KeptAnswer | None
    samples: tuple[KeptSample, ...]


def read_account(connection: Connection, session: str) -> Account:
    """Read everything of one session.

    Raises:
        NoSessionError: there is no such session.
    """
    known = tables.sessions
    row = connection.execute(select(known).where(known.c.id == session)).one_or_none()
    if row is None:
        raise NoSessionError("no such session", where="the ledger", got=session)
    return Account(
        record=record_of(row),
        planned=row.planned,
        epoch=row.epoch,
        state=row.state,
        stored=row.stored,
        unclassified=row.unclassified,
        skipped=row.skipped,
        digest=row.digest,
        runs=_runs(connection, session),
        skips=tuple(skips_of(connection, session)),
        answer=_answer(connection, session),
        samples=_samples(connection, session),
    )


def _runs(connection: Connection, session: str) -> tuple[KeptRun, ...]:
    runs = tables.runs.c
    columns = (
        runs.labels,
        runs.confidences,
        runs.sent_ns,
        runs.reasons,
        runs.digest,
        runs.sets,
        runs.novelties,
    )
    rows = connection.execute(
        select(runs.first, runs.epoch, *columns).where(runs.session == session).order_by(runs.first)
    )
    return tuple(KeptRun(*row) for row in rows)


def _answer(connection: Connection, session: str) -> KeptAnswer | None:
    results = tables.results.c
    row = connection.execute(
        select(results.receipt, results.summary, results.balance, results.score).where(
            results.session == session
        )
    ).one_or_none()
    return row and KeptAnswer(*row)


def _samples(connection: Connection, session: str) -> tuple[KeptSample, ...]:
    samples = tables.samples.c
    columns = (samples.name, samples.confidence, samples.png, samples.place)
    rows = connection.execute(
        select(samples.sequence, samples.index, samples.label, *columns)
        .where(samples.session == session)
        .order_by(samples.place, samples.sequence)
    )
    return tuple(KeptSample(*row) for row in rows)
