"""Makes a recording of a session from the ledger and the data set that it played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import structlog
from sqlalchemy import Connection

from producer.ledger import runs, sessions
from producer.ledger.records import KeptSession
from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.recording.file import RecordingFile
from shared.recording.manifest import About, Manifest
from shared.recording.writer import FrameBlock
from shared.states import SessionState

log = structlog.get_logger()

BLOCK = 1024
"""How many frames are read at a time."""
OVER = (SessionState.COMPLETE, SessionState.ACCEPTED)


def record_session(connection: Connection, session: str, images: ImageSet, path: Path) -> Manifest:
    """Write all frames of a session that are stored, with their times and predictions.

    A session that is not over is recorded as far as it is.

    Args:
        connection: to the ledger, in a transaction that sees one moment of it.
        session: which one.
        images: the data set that it played.
        path: the file to write, complete or not at all.

    Raises:
        NoSessionError: the ledger has no such session.
        StateError: an earlier version stored frames of it without all that a recording needs.
        DataError: the data set is another, the frames are not those that were classified, or there
            are none or too many.
        StoreError: the file cannot be written.
    """
    kept = sessions.kept(connection, session)
    _check_images(kept, images)
    if kept.state not in OVER:
        log.warning("session-not-over", session=session, state=str(kept.state), stored=kept.stored)
    with RecordingFile(path, _about(kept)) as file:
        for first in range(0, kept.stored, BLOCK):
            limit = min(BLOCK, kept.stored - first)
            file.append(_block(connection, session, images, first=first, limit=limit))
        if file.digest != kept.digest:
            raise DataError(
                "not the frames that were classified",
                where=f"the recording of session {session}",
                expected=f"digest {kept.digest}",
                got=file.digest,
            )
        manifest = file.finish()
    log.info("session-recorded", session=session, file=str(path), frames=manifest.frames)
    return manifest


def _block(
    connection: Connection, session: str, images: ImageSet, *, first: int, limit: int
) -> FrameBlock:
    stored = runs.predictions(connection, session, first=first, limit=limit)
    indices = stored.positions % len(images)
    return FrameBlock(
        first=first,
        images=[images.image(index) for index in indices.tolist()],
        indices=indices.astype(np.int64),
        sent_ns=stored.sent_ns,
        labels=stored.labels,
        confidences=stored.confidences,
        reasons=stored.reasons,
    )


def _about(kept: KeptSession) -> About:
    record = kept.record
    return About(
        session=record.session,
        model=record.model,
        classes=record.classes,
        dataset=record.dataset,
        fps=record.fps,
        delivery=record.delivery,
    )


def _check_images(kept: KeptSession, images: ImageSet) -> None:
    digest = images.digest()
    if digest != kept.record.dataset_digest:
        raise DataError(
            "another data set",
            where=images.where,
            expected=f"that of session {kept.record.session}, {kept.record.dataset} "
            f"with digest {kept.record.dataset_digest}",
            got=f"digest {digest}",
        )
