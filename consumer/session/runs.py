"""From results to the contiguous runs of predictions that the producer stores."""

from __future__ import annotations

import numpy as np

from consumer.pipeline.records import ResultBatch
from shared.digests import ContentDigest, run_digest
from shared.messages import MAX_RUN, Predictions, Unclassified

DECIMALS = 4
"""How exactly a confidence travels."""


class RunBuilder:
    """Collects results in order and cuts them into runs of at most 256 frames.

    Args:
        session: the session's name.
        epoch: its epoch.
    """

    def __init__(self, session: str, epoch: int) -> None:
        self._session = session
        self._epoch = epoch
        self._next = 0
        self._labels: list[int] = []
        self._confidences: list[float] = []
        self._crcs: list[int] = []
        self._reasons: dict[int, str] = {}
        self._digest = ContentDigest()
        self.classified = 0
        self.unclassified = 0

    @property
    def pending(self) -> int:
        """Frames that are in no run yet."""
        return len(self._labels)

    @property
    def frames(self) -> int:
        """Frames cut into runs so far."""
        return self._next

    @property
    def digest(self) -> str:
        """The content digest of all frames cut into runs so far."""
        return self._digest.hexdigest()

    def add(self, batch: ResultBatch) -> None:
        """Append the next results."""
        self._labels += batch.labels.tolist()
        self._confidences += np.round(batch.confidences.astype(np.float64), DECIMALS).tolist()
        self._crcs += batch.crcs.tolist()
        self._reasons |= batch.reasons

    def cut(self) -> Predictions | None:
        """The next run of at most 256 frames; None where nothing is pending."""
        count = min(MAX_RUN, len(self._labels))
        if not count:
            return None
        crcs, self._crcs = self._crcs[:count], self._crcs[count:]
        labels, self._labels = self._labels[:count], self._labels[count:]
        confidences, self._confidences = self._confidences[:count], self._confidences[count:]
        run = Predictions(
            session=self._session,
            epoch=self._epoch,
            first=self._next,
            labels=tuple(labels),
            confidences=tuple(confidences),
            digest=run_digest(crcs),
            unclassified=self._explain(labels),
        )
        self._digest.update(crcs)
        self._next += count
        self.unclassified += len(run.unclassified)
        self.classified += count - len(run.unclassified)
        return run

    def _explain(self, labels: list[int]) -> tuple[Unclassified, ...]:
        missing = [self._next + k for k, label in enumerate(labels) if label < 0]
        return tuple(
            Unclassified(sequence=number, reason=self._reasons.pop(number)) for number in missing
        )
