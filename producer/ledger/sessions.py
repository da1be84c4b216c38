"""A session's row: made, marked, suspended, taken up again, found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Update, insert, select, update

from producer.ledger import tables
from producer.ledger.records import KeptSession, SessionRecord, Skip, Wish
from shared.digests import NO_FRAMES
from shared.errors import NoSessionError, StateError
from shared.reports import ProducerWire
from shared.states import SessionState, resumed

_known = tables.sessions.c
_LIVE = (
    SessionState.OPENED,
    SessionState.STREAMING,
    SessionState.DRAINING,
    SessionState.COMPLETE,
)


def create(connection: Connection, record: SessionRecord) -> None:
    """Write down a new session; the same again is no error.

    Raises:
        StateError: another session has its name.
    """
    row = _row(connection, record.session)
    if row is None:
        connection.execute(insert(tables.sessions).values(**_values(record)))
    elif record_of(row) != record:
        raise StateError("the session exists", where=f"session {record.session}")


def kept(connection: Connection, session: str) -> KeptSession:
    """A session as it is now.

    Raises:
        NoSessionError: there is none of this name.
        StateError: an earlier version stored frames of it, and no digest to go on from.
    """
    row = _row(connection, session)
    if row is None:
        raise NoSessionError("no such session", where="the ledger", got=session)
    return _kept(row)


def latest(connection: Connection, wish: Wish) -> str | None:
    """The newest session that is not accepted and fits the wish; None where none does."""
    fitting = (
        select(_known.id, _known.classes)
        .where(_known.state != str(SessionState.ACCEPTED), _known.digest.is_not(None))
        .where(_known.consumer == wish.consumer, _known.model == wish.model)
        .where(_known.dataset_digest == wish.dataset_digest, _known.delivery == wish.delivery)
        .order_by(_known.created.desc(), _known.id.desc())
    )
    if wish.fps is not None:
        fitting = fitting.where(_known.fps == wish.fps)
    if wish.frames is not None:
        fitting = fitting.where(_known.planned == wish.frames)
    # JSON has no equality that every database agrees on.
    rows = connection.execute(fitting)
    return next((row.id for row in rows if tuple(row.classes) == wish.classes), None)


def resume(connection: Connection, session: str, epoch: int, *, claim: str) -> KeptSession:
    """Begin the session's next epoch, if it is still in ``epoch``.

    Args:
        connection: in a transaction.
        session: which one.
        epoch: what its epoch was when the caller decided to resume it.
        claim: 16 characters that name this call; repeated with the same ones it is done once.

    Raises:
        NoSessionError: there is none of this name.
        StateError: its epoch has moved, or an earlier version kept no digest to go on from.
    """
    # Written before it is read: from here on nobody else can write, and what is read holds.
    taken = connection.execute(
        update(tables.sessions)
        .where(_known.id == session, _known.epoch == epoch)
        .values(epoch=epoch + 1, claim=claim)
    )
    before = kept(connection, session)
    if taken.rowcount == 1:
        state = str(resumed(before.state))
        connection.execute(_change(session).values(state=state))
    elif connection.scalar(select(_known.claim).where(_known.id == session)) != claim:
        raise StateError(
            "the session was resumed by another",
            where=f"session {session}",
            expected=f"epoch {epoch}",
            got=before.epoch,
        )
    return kept(connection, session)


def mark(
    connection: Connection,
    session: str,
    epoch: int,
    state: SessionState,
    frames: int,
    *,
    skips: tuple[Skip, ...],
    wire: ProducerWire,
) -> None:
    """Write down how a session is; nothing changes where its epoch is another or it is accepted.

    Args:
        connection: in a transaction.
        session: which one.
        epoch: in which this is known of it.
        state: its state.
        frames: how many places its schedule has now.
        skips: the ranges skipped after the last stored frame; those known already are no error.
        wire: what the producer has put on the wire by now.
    """
    changed = connection.execute(
        _change(session)
        .where(_known.epoch == epoch, _known.state != str(SessionState.ACCEPTED))
        .values(state=str(state), frames=frames, wire=wire.model_dump(mode="json"))
    )
    if changed.rowcount == 1 and skips:
        firsts = select(tables.skips.c.first).where(tables.skips.c.session == session)
        old = set(connection.scalars(firsts))
        add_skips(connection, session, tuple(skip for skip in skips if skip.first not in old))


def add_skips(connection: Connection, session: str, skips: tuple[Skip, ...]) -> None:
    """Write down ranges that were skipped, none of which is known, and count them."""
    if not skips:
        return
    connection.execute(
        insert(tables.skips),
        [{"session": session, "first": skip.first, "count": skip.count} for skip in skips],
    )
    count = sum(skip.count for skip in skips)
    connection.execute(_change(session).values(skipped=_known.skipped + count))


def suspend_all(connection: Connection) -> int:
    """Suspend every session that an earlier life left as if it were connected; how many."""
    changed = connection.execute(
        update(tables.sessions)
        .where(_known.state.in_([str(state) for state in _LIVE]))
        .values(state=str(SessionState.SUSPENDED))
    )
    return changed.rowcount


def _row(connection: Connection, session: str) -> Row[Any] | None:
    return connection.execute(select(tables.sessions).where(_known.id == session)).one_or_none()


def _change(session: str) -> Update:
    return update(tables.sessions).where(_known.id == session)


def _values(record: SessionRecord) -> dict[str, object]:
    return {
        "id": record.session,
        "consumer": record.consumer,
        "model": record.model,
        "classes": list(record.classes),
        "dataset": record.dataset,
        "dataset_digest": record.dataset_digest,
        "fps": record.fps,
        "frames": record.frames,
        "planned": record.frames,
        "epoch": 1,
        "created": record.created,
        "state": str(SessionState.OPENED),
        "stored": 0,
        "unclassified": 0,
        "delivery": record.delivery,
        "skipped": 0,
        "digest": NO_FRAMES,
        "wire": ProducerWire().model_dump(mode="json"),
    }


def record_of(row: Row[Any]) -> SessionRecord:
    """What was written when a session was opened, from its row; ``frames`` as it is now."""
    return SessionRecord(
        session=row.id,
        consumer=row.consumer,
        model=row.model,
        classes=tuple(row.classes),
        dataset=row.dataset,
        dataset_digest=row.dataset_digest,
        fps=row.fps,
        frames=row.frames,
        delivery=row.delivery,
        created=row.created,
    )


def _kept(row: Row[Any]) -> KeptSession:
    if row.digest is None:
        raise StateError(
            "the session cannot be resumed",
            where=f"session {row.id}",
            expected="a content digest of its stored frames",
            got="none: an earlier version stored them",
        )
    return KeptSession(
        record=record_of(row),
        epoch=row.epoch,
        state=SessionState(row.state),
        stored=row.stored,
        unclassified=row.unclassified,
        skipped=row.skipped,
        digest=row.digest,
        wire=ProducerWire.model_validate(row.wire or {}, strict=False),
    )
