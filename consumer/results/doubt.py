"""What the model says of its doubt over a session, in fixed memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import UNCLASSIFIED, ResultBatch
from shared.doubt import Doubt, DoubtCounts
from shared.messages import Recalled


class DoubtMetric:
    """Counts prediction sets by size and frames by novelty; those without a label not.

    Args:
        coverage: the share of sets that the model's card promises to hold the true class, 0..1;
            None where it promises nothing.
    """

    def __init__(self, coverage: float | None) -> None:
        self._coverage = coverage
        self.counts = DoubtCounts()

    def reset(self) -> None:
        """Forget every frame."""
        self.counts.reset()

    def update(self, batch: ResultBatch) -> None:
        """Count a run of frames."""
        if batch.sets is None and batch.novelty is None:
            return
        count = len(batch)
        sizes = np.zeros(count, np.int64) if batch.sets is None else batch.sets.sum(1)
        self._count(batch.labels, sizes, _none(count) if batch.novelty is None else batch.novelty)

    def recall(self, recalled: Recalled) -> None:
        """Count frames that an earlier process has classified."""
        if recalled.sets is None and recalled.novelties is None:
            return
        count = len(recalled.labels)
        sizes = np.array([len(members) for members in recalled.sets or ((),) * count], np.int64)
        # As an array of floats, None is not a number.
        novelties = np.array(recalled.novelties or (None,) * count, np.float32)
        self._count(np.array(recalled.labels, np.int16), sizes, novelties)

    def merge(self, other: DoubtMetric) -> None:
        """Add what another metric has counted; the other stays as it is."""
        self.counts.merge(other.counts)

    def compute(self) -> Doubt | None:
        """The figures so far; None where the model has said nothing of doubt."""
        return self.counts.compute(self._coverage)

    def _count(
        self, labels: NDArray[np.int16], sizes: NDArray[np.int64], novelties: NDArray[np.float32]
    ) -> None:
        classified = labels != UNCLASSIFIED
        self.counts.update(sizes[classified], novelties[classified])


def _none(count: int) -> NDArray[np.float32]:
    return np.full(count, np.nan, np.float32)
