"""From results to the contiguous runs of predictions that the producer stores."""

from __future__ import annotations

import numpy as np

from consumer.pipeline.records import DECIMALS, ResultBatch
from shared.digests import run_digest
from shared.messages import MAX_RUN, Predictions, Unclassified


class RunBuilder:
    """Collects results in order and cuts them into runs of at most 256 frames.

    Args:
        session: the session's name.
        epoch: of its connection.
        first: sequence number of the first result to come.
    """

    def __init__(self, session: str, epoch: int, *, first: int = 0) -> None:
        self._session = session
        self._epoch = epoch
        self._next = first
        self._labels: list[int] = []
        self._confidences: list[float] = []
        self._crcs: list[int] = []
        self._reasons: dict[int, str] = {}

    @property
    def pending(self) -> int:
        """Frames that are in no run yet."""
        return len(self._labels)

    @property
    def frames(self) -> int:
        """Frames of the session cut into runs so far, on this connection or before."""
        return self._next

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
        self._next += count
        return run

    def _explain(self, labels: list[int]) -> tuple[Unclassified, ...]:
        missing = [self._next + k for k, label in enumerate(labels) if label < 0]
        return tuple(
            Unclassified(sequence=number, reason=self._reasons.pop(number)) for number in missing
        )
