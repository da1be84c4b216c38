"""What a consumer knows of its session for certain, over any number of connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from consumer.pipeline.records import UNCLASSIFIED, ResultBatch
from shared.digests import ContentDigest
from shared.errors import StateError
from shared.messages import Recalled, Started


class Metric(Protocol):
    """Whatever wants to see every result once."""

    def update(self, batch: ResultBatch, /) -> None:
        """Take note of a batch."""

    def recall(self, recalled: Recalled, /) -> None:
        """Take note of predictions that were stored by an earlier process of this consumer."""


class Accounts:
    """Counts each frame once, and only when the producer has stored it.

    Results that are not acknowledged are kept until they are; a connection that is lost takes them
    with it, and their frames are sent again. There are never more than the credit window allows.

    Args:
        metrics: shown every stored result, in order.
    """

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)
        self._waiting: deque[ResultBatch] = deque()
        self._digest = ContentDigest()
        self.stored = 0
        self.unclassified = 0

    @property
    def classified(self) -> int:
        """Stored frames that have a label."""
        return self.stored - self.unclassified

    @property
    def digest(self) -> str:
        """The content digest of all stored frames."""
        return self._digest.hexdigest()

    def take(self, batch: ResultBatch) -> None:
        """Keep the next results until they are stored."""
        self._waiting.append(batch)

    def store(self, stored: int) -> None:
        """The producer has stored the first ``stored`` frames of the session.

        Raises:
            StateError: that are more than it was given results of.
        """
        while self.stored < stored:
            if not self._waiting:
                raise StateError(
                    "more frames stored than there are results",
                    where="a running session",
                    expected=f"at most {self.stored}",
                    got=stored,
                )
            batch = self._waiting.popleft()
            count = stored - self.stored
            if count < len(batch):
                self._waiting.appendleft(batch.part(count, len(batch)))
                batch = batch.part(0, count)
            self._settle(batch)

    def resume(self, started: Started) -> None:
        """Go on at the producer's ``next``: what it has not stored by then is forgotten.

        Raises:
            StateError: it has stored other frames than this consumer knows of.
        """
        if started.next >= self.stored and self._known(started.next):
            self.store(started.next)
        if started.next != self.stored or started.digest != self.digest:
            raise StateError(
                "the session was played by another process meanwhile",
                where=f"session {started.session}",
                expected=f"frame {self.stored} next, content digest {self.digest}",
                got=f"frame {started.next} next, content digest {started.digest}",
            )
        self._waiting.clear()

    def recall(self, recalled: Recalled) -> None:
        """Take over predictions that an earlier process had stored; their images are gone.

        Raises:
            StateError: they do not continue those before.
        """
        parts = (recalled.labels, recalled.confidences, recalled.indices)
        doubts = (recalled.sets, recalled.novelties)
        lengths = {len(part) for part in (*parts, *doubts) if part is not None}
        if recalled.first != self.stored or len(lengths) > 1:
            raise StateError(
                "recalled frames do not continue those before",
                where=f"session {recalled.session}",
                expected=f"frames from {self.stored}",
                got=f"{len(recalled.labels)} from {recalled.first}",
            )
        self.stored += len(recalled.labels)
        self.unclassified += sum(label == UNCLASSIFIED for label in recalled.labels)
        for metric in self._metrics:
            metric.recall(recalled)

    def trust(self, digest: str) -> None:
        """Go on from the producer's digest of the recalled frames, which run by run was agreed."""
        self._digest = ContentDigest(digest)

    def _known(self, stored: int) -> bool:
        return stored <= self.stored + sum(len(batch) for batch in self._waiting)

    def _settle(self, batch: ResultBatch) -> None:
        self._digest.update(batch.crcs)
        self.stored += len(batch)
        self.unclassified += int((batch.labels == UNCLASSIFIED).sum())
        for metric in self._metrics:
            metric.update(batch)
