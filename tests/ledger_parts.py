"""Parts of a ledger for its tests: a small data set, and a session whose accounts are right."""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection

from producer.ledger.answers import accept
from producer.ledger.database import open_database
from producer.ledger.records import SessionRecord, Skip, StoredRun, positions_of
from producer.ledger.runs import append
from producer.ledger.sessions import create, mark
from shared.balance import balance
from shared.doubt import Doubt, DoubtCounts
from shared.digests import NO_FRAMES, ContentDigest, pixel_crc, run_digest
from shared.intake.imageset import ImageSet
from shared.messages import Accepted, Predictions, Results, Unclassified, receipt
from shared.reports import ConsumerCounts, ConsumerWire, ProducerCounts, ProducerWire
from shared.reports import Sample, Summary
from shared.scoring import Claims, score_claims
from shared.sets import ClassSets, Members
from shared.states import SessionState

SESSION = "0123456789abcdef"
OTHER = "f" * 16
CLASSES = ("shoe", "coat", "bag")
SENT_NS = 1_700_000_000 * 10**9
REASON = "too-large"
IMAGES = ImageSet(
    (np.arange(6 * 16).reshape(6, 4, 4) * 7 % 251).astype(np.uint8),
    np.arange(6, dtype=np.int64) % len(CLASSES),
    CLASSES,
)


def record(session: str = SESSION, **changes: Any) -> SessionRecord:
    """A session of 100 frames that shows ``IMAGES``."""
    usual = SessionRecord(
        session=session,
        consumer="me",
        model="net",
        classes=CLASSES,
        dataset="a.pickle",
        dataset_digest=IMAGES.digest(),
        fps=10.0,
        frames=100,
        delivery="newest",
        created=1.0,
    )
    return replace(usual, **changes)


class Script:
    """Makes the runs of one session one after the other, and at last its results.

    Args:
        session: its name.
        epoch: of its connection.
        doubts: whether its model tells of its doubt.
    """

    def __init__(self, session: str = SESSION, *, epoch: int = 1, doubts: bool = False) -> None:
        self.session = session
        self.epoch = epoch
        self.doubts = doubts
        self.labels: list[int] = []
        self.skips: list[Skip] = []
        self.digest = NO_FRAMES

    def run(self, labels: Sequence[int], *skips: Skip) -> StoredRun:
        """The next run; each frame shows the image that the skips so far leave for it."""
        first = len(self.labels)
        self.skips += skips
        self.labels += labels
        crcs = self._crcs(first)
        chain = ContentDigest(self.digest)
        chain.update(crcs)
        self.digest = chain.hexdigest()
        frames = range(first, len(self.labels))
        unclassified = [k for k in frames if self.labels[k] < 0]
        return StoredRun(
            Predictions(
                session=self.session,
                epoch=self.epoch,
                first=first,
                labels=tuple(labels),
                confidences=tuple(0.0 if label < 0 else 0.5 for label in labels),
                digest=run_digest(crcs),
                unclassified=tuple(Unclassified(sequence=k, reason=REASON) for k in unclassified),
                sets=tuple(map(set_of, labels)) if self.doubts else None,
                novelties=tuple(map(novelty_of, labels)) if self.doubts else None,
            ),
            np.array([SENT_NS + k for k in frames], np.int64),
            skips,
            self.digest,
            self.wire,
        )

    @property
    def wire(self) -> ProducerWire:
        """Every frame once."""
        return ProducerWire(frames=len(self.labels), connections=self.epoch)

    def results(self, *samples: Sample) -> Results:
        """What a consumer that has seen all this posts."""
        known = [label for label in self.labels if label >= 0]
        missing = len(self.labels) - len(known)
        counted = Counter(known)
        return Results(
            session=self.session,
            counts=ConsumerCounts(
                received=len(self.labels),
                classified=len(known),
                unclassified=missing,
                digest=self.digest,
                wire=ConsumerWire(frames=len(self.labels), connections=self.epoch),
            ),
            summary=Summary(
                model="net",
                classes=CLASSES,
                frames=len(self.labels),
                counts=tuple(counted[label] for label in range(len(CLASSES))),
                mean_confidence=0.5 if known else None,
                rejected={REASON: missing} if missing else {},
                doubt=self._doubt() if self.doubts else None,
            ),
            samples=samples,
        )

    def accepted(self, posted: Results, frames: int) -> Accepted:
        """The answer to them in a session of ``frames`` frames."""
        missing = sum(label < 0 for label in self.labels)
        producer = ProducerCounts(
            frames=frames,
            sent=len(self.labels),
            skipped=sum(skip.count for skip in self.skips),
            withdrawn=0,
            stored=len(self.labels),
            stored_classified=len(self.labels) - missing,
            stored_unclassified=missing,
            digest=self.digest,
            wire=self.wire,
        )
        truth = np.arange(6)[self._positions(0) % len(IMAGES)] % len(CLASSES)
        claims = Claims(
            np.array(self.labels, np.int16),
            np.array([0.0 if label < 0 else 0.5 for label in self.labels], np.float32),
            ClassSets.of([set_of(label) for label in self.labels]) if self.doubts else None,
            self.doubts,
        )
        return Accepted(
            session=self.session,
            receipt=receipt(posted),
            balance=balance(self.session, producer, posted.counts),
            score=score_claims(claims, truth, CLASSES, CLASSES) if self.labels else None,
        )

    def _doubt(self) -> Doubt | None:
        known = [label for label in self.labels if label >= 0]
        counts = DoubtCounts()
        counts.update(
            np.array([len(set_of(label)) for label in known], np.int64),
            np.array([novelty_of(label) for label in known], np.float32),
        )
        return counts.compute(0.99)

    def _positions(self, first: int) -> Any:
        return positions_of(np.arange(first, len(self.labels)), self.skips)

    def _crcs(self, first: int) -> list[int]:
        images = IMAGES.images[self._positions(first) % len(IMAGES)]
        return [pixel_crc(image.tobytes()) for image in images]


def set_of(label: int) -> Members:
    """The prediction set of a frame with this label: the class and those before it."""
    return tuple(range(label + 1))


def novelty_of(label: int) -> float:
    """The novelty of a frame with this label: 0, 0.25, 0.5 or 0.75."""
    return max(0, label) % 4 / 4


def png(width: int = 2, height: int = 1) -> bytes:
    """A gray PNG of zeros."""
    rows = zlib.compress(bytes((width + 1) * height))
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )


def sample(sequence: int, label: int, index: int) -> Sample:
    """A sample of a frame that shows image ``index``."""
    return Sample(
        sequence=sequence,
        index=index,
        label=label,
        name=CLASSES[label],
        confidence=0.5,
        png=base64.b64encode(png()),
    )


def write_session(
    connection: Connection, session: str = SESSION, *, doubts: bool = False
) -> Script:
    """A session of 9 places, accepted: 6 frames, one of them without a label, and 3 skipped."""
    script = Script(session, doubts=doubts)
    create(connection, record(session, frames=9))
    append(connection, script.run([0, 1, -1]))
    append(connection, script.run([2, 0, 1], Skip(3, 1), Skip(5, 1)))
    script.skips.append(Skip(8, 1))
    last = (Skip(8, 1),)
    mark(connection, session, 1, SessionState.COMPLETE, 9, skips=last, wire=script.wire)
    # Positions 0, 1, 2, 4, 6, 7: frame 4 shows the first image again. Posted out of order.
    posted = script.results(sample(4, 0, 0), sample(1, 1, 1))
    accept(connection, posted, script.accepted(posted, 9))
    return script


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection to the ledger at ``url``, whose tables are made where there are none."""
    engine, _ = open_database(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
