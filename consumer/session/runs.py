"""From results to the contiguous runs of predictions that the producer stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import DECIMALS, ResultBatch
from shared.digests import run_digest
from shared.messages import MAX_RUN, Predictions, Unclassified
from shared.sets import Members, members_of

MOST_MEMBERS = 8192
"""So many classes all sets of a run may have: no message is near its limit of 64 KiB."""

T = TypeVar("T")


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
        self._sets: list[Members | None] = []
        self._novelties: list[float | None] = []
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
        self._confidences += _rounded(batch.confidences)
        nothing = [None] * len(batch)
        self._sets += nothing if batch.sets is None else members_of(batch.sets)
        self._novelties += nothing if batch.novelty is None else _rounded(batch.novelty)
        self._crcs += batch.crcs.tolist()
        self._reasons |= batch.reasons

    def cut(self) -> Predictions | None:
        """The next run of at most 256 frames, fewer of many classes; None without a result."""
        count = self._fitting()
        if not count:
            return None
        crcs, self._crcs = _cut(self._crcs, count)
        labels, self._labels = _cut(self._labels, count)
        confidences, self._confidences = _cut(self._confidences, count)
        sets, self._sets = _cut(self._sets, count)
        novelties, self._novelties = _cut(self._novelties, count)
        run = Predictions(
            session=self._session,
            epoch=self._epoch,
            first=self._next,
            labels=tuple(labels),
            confidences=tuple(confidences),
            digest=run_digest(crcs),
            unclassified=self._explain(labels),
            sets=_told(sets, labels, ()),
            novelties=_told(novelties, labels, 0.0),
        )
        self._next += count
        return run

    def _fitting(self) -> int:
        """How many frames the next run has."""
        members = 0
        for place, found in enumerate(self._sets[:MAX_RUN]):
            members += len(found or ())
            if members > MOST_MEMBERS and place:
                return place
        return min(MAX_RUN, len(self._labels))

    def _explain(self, labels: list[int]) -> tuple[Unclassified, ...]:
        missing = [self._next + k for k, label in enumerate(labels) if label < 0]
        return tuple(
            Unclassified(sequence=number, reason=self._reasons.pop(number)) for number in missing
        )


def _rounded(shares: NDArray[np.float32]) -> list[float]:
    """As exactly as they travel."""
    rounded: list[float] = np.round(shares.astype(np.float64), DECIMALS).tolist()
    return rounded


def _cut(values: list[T], count: int) -> tuple[list[T], list[T]]:
    """The first ``count`` and the others."""
    return values[:count], values[count:]


def _told(values: Sequence[T | None], labels: Sequence[int], nothing: T) -> tuple[T, ...] | None:
    """What is said of every frame with a label, ``nothing`` of the others; None where it is not."""
    if any(value is None for value, label in zip(values, labels) if label >= 0):
        return None
    if all(value is None for value in values):
        return None
    return tuple(nothing if value is None else value for value in values)
