"""A ledger with one finished session, for tests of what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from recording_parts import CLASSES, SESSION, T0_NS, picture

from producer.ledger.ledger import Ledger
from producer.ledger.records import SessionRecord, Skip, StoredRun
from shared.digests import ContentDigest, pixel_crc, run_digest
from shared.intake.imageset import ImageSet
from shared.messages import Predictions, Unclassified
from shared.reports import ProducerWire
from shared.states import SessionState

IMAGES = ImageSet(np.stack([picture(k) for k in range(5)]), where="test")
FRAMES = 600


class Kept:
    """A ledger with one session of the five images, over and over.

    Args:
        folder: where its database is.
    """

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/ledger.db"
        self.folder = folder

    async def write(
        self,
        frames: int = FRAMES,
        *,
        skips: Sequence[Skip] = (),
        state: SessionState = SessionState.COMPLETE,
        images: ImageSet = IMAGES,
    ) -> None:
        """Write the session with frames 0.1 s apart, labels 0, 1, 2 and every 100th without."""
        skipped = sum(skip.count for skip in skips)
        ledger = Ledger(self.url)
        try:
            await ledger.create(
                SessionRecord(
                    session=SESSION,
                    consumer="me",
                    model="tiny",
                    classes=CLASSES,
                    dataset="test",
                    dataset_digest=IMAGES.digest(),
                    fps=10.0,
                    frames=frames + skipped,
                    delivery="newest" if skips else "every",
                    created=1.0,
                )
            )
            digest = ContentDigest()
            for first in range(0, frames, 256):
                count = min(256, frames - first)
                await ledger.append(_run(first, count, digest, images, () if first else skips))
            await ledger.mark(SESSION, 1, state, frames + skipped, wire=ProducerWire())
        finally:
            ledger.close()


def _run(
    first: int, count: int, digest: ContentDigest, images: ImageSet, skips: Sequence[Skip]
) -> StoredRun:
    numbers = range(first, first + count)
    skipped = sum(skip.count for skip in skips)
    crcs = [pixel_crc(images.images[(k + skipped) % 5].tobytes()) for k in numbers]
    digest.update(crcs)
    labels = [-1 if k % 100 == 50 else k % 3 for k in numbers]
    run = Predictions(
        session=SESSION,
        epoch=1,
        first=first,
        labels=tuple(labels),
        confidences=tuple(0.0 if label < 0 else 0.5 for label in labels),
        digest=run_digest(crcs),
        unclassified=tuple(
            Unclassified(sequence=k, reason="too-large") for k in numbers if k % 100 == 50
        ),
    )
    times = T0_NS + np.array(numbers, np.int64) * 10**8
    return StoredRun(run, times, tuple(skips), digest.hexdigest(), ProducerWire())
