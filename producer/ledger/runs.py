"""Runs of predictions: stored where they continue the prefix, and read back as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from producer.ledger import tables
from producer.ledger.records import Skip, StoredPredictions, StoredRun, positions_of
from producer.ledger.sessions import add_skips
from shared.errors import StateError
from shared.messages import MAX_RUN, Predictions
from shared.sets import ClassSets

LABELS = np.dtype("<i2")
CONFIDENCES = np.dtype("<f4")
TIMES = np.dtype("<i8")
NOVELTIES = np.dtype("<f4")
_known = tables.sessions.c
_runs = tables.runs.c
# Built once: to build a statement takes longer than to execute it.
_MOVE = (
    update(tables.sessions)
    .where(
        _known.id == bindparam("of"),
        _known.stored == bindparam("run_first"),
        _known.epoch == bindparam("run_epoch"),
    )
    .values(
        stored=_known.stored + bindparam("more"),
        unclassified=_known.unclassified + bindparam("more_unclassified"),
        digest=bindparam("run_digest"),
        wire=bindparam("run_wire"),
    )
)
_INSERT = insert(tables.runs)


def append(connection: Connection, stored: StoredRun) -> None:
    """Store a run of predictions where it continues the stored prefix; the same again is no error.

    Raises:
        StateError: it does not continue it, or is of another epoch; nothing is stored.
    """
    run = stored.run
    if connection.execute(_MOVE, _move(stored)).rowcount == 1:
        connection.execute(_INSERT, _values(stored))
        add_skips(connection, run.session, stored.skips)
    elif not _is_stored(connection, run):
        raise StateError(
            "run does not continue the stored frames",
            where=f"session {run.session}, epoch {run.epoch}",
            got=f"frames from {run.first}",
        )


def predictions(
    connection: Connection, session: str, *, first: int, limit: int | None
) -> StoredPredictions:
    """Read back stored predictions of a session, in order.

    Args:
        connection: in a transaction.
        session: which one; one that is not known has none.
        first: sequence number of the first frame wanted.
        limit: how many frames at most; None for all.
    """
    # No run is longer than MAX_RUN: an earlier one cannot reach so far.
    wanted = select(tables.runs).where(_runs.session == session, _runs.first > first - MAX_RUN)
    if limit is not None:
        wanted = wanted.where(_runs.first < first + limit)
    rows = connection.execute(wanted.order_by(_runs.first)).all()
    begin = rows[0].first if rows else first
    places = slice(first - begin, None if limit is None else first - begin + limit)
    labels = _joined([row.labels for row in rows], LABELS, np.int16)[places]
    end = first + len(labels)
    return StoredPredictions(
        labels=labels,
        confidences=_joined([row.confidences for row in rows], CONFIDENCES, np.float32)[places],
        positions=positions_of(np.arange(first, end), skips_of(connection, session)),
        sent_ns=_joined([_times(row) for row in rows], TIMES, np.int64)[places],
        reasons={
            int(sequence): reason
            for row in rows
            for sequence, reason in row.reasons.items()
            if first <= int(sequence) < end
        },
        first=first,
        sets=_sets(rows, places),
        novelties=_novelties(rows, places),
    )


def skips_of(connection: Connection, session: str) -> list[Skip]:
    """The ranges of a session's schedule that were skipped, in order."""
    ranges = (
        select(tables.skips.c.first, tables.skips.c.count)
        .where(tables.skips.c.session == session)
        .order_by(tables.skips.c.first)
    )
    return [Skip(first, count) for first, count in connection.execute(ranges)]


def _move(stored: StoredRun) -> dict[str, object]:
    run = stored.run
    return {
        "of": run.session,
        "run_first": run.first,
        "run_epoch": run.epoch,
        "more": len(run.labels),
        "more_unclassified": sum(label < 0 for label in run.labels),
        "run_digest": stored.digest,
        "run_wire": stored.wire.model_dump(mode="json"),
    }


def _values(stored: StoredRun) -> dict[str, object]:
    run = stored.run
    return {
        "session": run.session,
        "first": run.first,
        "epoch": run.epoch,
        "labels": np.array(run.labels, LABELS).tobytes(),
        "confidences": np.array(run.confidences, CONFIDENCES).tobytes(),
        "reasons": {str(frame.sequence): frame.reason for frame in run.unclassified},
        "digest": run.digest,
        "sent_ns": stored.sent_ns.astype(TIMES, copy=False).tobytes(),
        "sets": None if run.sets is None else ClassSets.of(run.sets).stored,
        "novelties": (
            None if run.novelties is None else np.array(run.novelties, NOVELTIES).tobytes()
        ),
    }


def _is_stored(connection: Connection, run: Predictions) -> bool:
    """Whether exactly this run is stored: its commit was reported as failed, and was not."""
    same = select(_runs.labels).where(
        _runs.session == run.session,
        _runs.first == run.first,
        _runs.epoch == run.epoch,
        _runs.digest == run.digest,
    )
    return connection.scalar(same) == np.array(run.labels, LABELS).tobytes()


def _times(row: Row[Any]) -> bytes:
    """A run's times of sending; zeros where an earlier version wrote none."""
    return row.sent_ns or bytes(_length(row) * TIMES.itemsize)


def _sets(rows: Sequence[Row[Any]], places: slice) -> ClassSets | None:
    """The prediction sets of all runs, empty where a run has none; None where none has any."""
    if all(row.sets is None for row in rows):
        return None
    parts = [ClassSets.read(row.sets or bytes(_length(row)), _length(row)) for row in rows]
    return ClassSets(ClassSets.joined(parts).bits[places])


def _novelties(rows: Sequence[Row[Any]], places: slice) -> NDArray[np.float32] | None:
    """The same of the novelties; not a number where a run has none."""
    if all(row.novelties is None for row in rows):
        return None
    parts = [row.novelties or np.full(_length(row), np.nan, NOVELTIES).tobytes() for row in rows]
    joined: NDArray[np.float32] = _joined(parts, NOVELTIES, np.float32)[places]
    return joined


def _length(row: Row[Any]) -> int:
    return len(row.labels) // LABELS.itemsize


def _joined(parts: Sequence[bytes], stored: np.dtype[Any], wanted: DTypeLike) -> NDArray[Any]:
    return np.frombuffer(b"".join(parts), stored).astype(wanted)
