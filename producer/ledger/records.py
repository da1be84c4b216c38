"""What the ledger is given and what it gives back, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.messages import Delivery, Predictions
from shared.reports import ProducerWire
from shared.scoring import Claims
from shared.sets import ClassSets
from shared.states import SessionState


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What is written when a session is opened; its epoch begins at 1.

    Args:
        session: its name, 16 hexadecimal digits.
        consumer: whose it is.
        model: name of the consumer's model.
        classes: what the labels index, possibly nothing.
        dataset: name of the data set.
        dataset_digest: of its images.
        fps: frames a second, 0 for as fast as acknowledged.
        frames: how many places its schedule has.
        delivery: whether frames without credit wait or are skipped.
        created: seconds since 1970-01-01 UTC.
    """

    session: str
    consumer: str
    model: str
    classes: tuple[str, ...]
    dataset: str
    dataset_digest: str
    fps: float
    frames: int
    delivery: Delivery
    created: float


@dataclass(frozen=True, slots=True)
class Skip:
    """A range of the schedule whose frames were not sent, because they had no credit.

    Args:
        first: position of the first one in the schedule, from 0.
        count: how many.
    """

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session as the ledger has it.

    Args:
        record: what was written when it was opened, but ``frames`` as it is now: a stop lowers it.
        epoch: of its last connection.
        state: as last written; whoever wrote it may have died since.
        stored: frames 0 to ``stored`` - 1 have predictions.
        unclassified: how many of them have a reason in place of a label.
        skipped: how many positions of the schedule are recorded as skipped.
        digest: content digest of the stored frames.
        wire: what the producer put on the wire, as last written.
    """

    record: SessionRecord
    epoch: int
    state: SessionState
    stored: int
    unclassified: int
    skipped: int
    digest: str
    wire: ProducerWire


@dataclass(frozen=True, slots=True, eq=False)
class StoredRun:
    """A run of predictions with what else the ledger writes in the same transaction.

    Args:
        run: the predictions.
        sent_ns: int64 (n,), when each frame was sent, nanoseconds since 1970.
        skips: the ranges skipped since the run before, all before this run's last frame.
        digest: content digest of all frames up to this run's last.
        wire: what the producer has put on the wire by now.

    Raises:
        ValueError: there is not one time for each frame.
    """

    run: Predictions
    sent_ns: NDArray[np.int64]
    skips: tuple[Skip, ...]
    digest: str
    wire: ProducerWire

    def __post_init__(self) -> None:
        if self.sent_ns.shape != (len(self.run.labels),):
            raise ValueError(
                f"expected {len(self.run.labels)} times of sending, got {self.sent_ns.shape}"
            )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a consumer wants of the newest session that it may take up again.

    Args:
        consumer: whose it must be.
        model: what it must have been begun with.
        classes: the same.
        dataset_digest: the same.
        delivery: the same.
        fps: the same; None fits any.
        frames: how many it was begun with, whether or not it was stopped since; None fits any.
    """

    consumer: str
    model: str
    classes: tuple[str, ...]
    dataset_digest: str
    delivery: Delivery
    fps: float | None
    frames: int | None


@dataclass(frozen=True, slots=True, eq=False)
class StoredPredictions:
    """Stored predictions of frames ``first`` to ``first`` + n - 1.

    Args:
        labels: int16 (n,), -1 where unclassified.
        confidences: float32 (n,), 0..1.
        positions: int64 (n,), place of each frame in the schedule.
        sent_ns: int64 (n,), when each was sent, nanoseconds since 1970; 0 where it is not known.
        reasons: why a frame has no label, by its sequence number.
        first: sequence number of the first one.
        sets: n prediction sets, empty for a frame without; None where no frame has one.
        novelties: float32 (n,), 0..1, not a number for a frame without; None where none has one.
    """

    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    positions: NDArray[np.int64]
    sent_ns: NDArray[np.int64]
    reasons: Mapping[int, str]
    first: int = 0
    sets: ClassSets | None = None
    novelties: NDArray[np.float32] | None = None

    @property
    def unclassified(self) -> int:
        """How many of these frames are stored with a reason in place of a label."""
        return int(np.count_nonzero(self.labels < 0))

    @property
    def claims(self) -> Claims:
        """What the model has said of these frames, to be scored."""
        has_doubt = self.sets is not None or self.novelties is not None
        return Claims(self.labels, self.confidences, self.sets, has_doubt)


def positions_of(sequences: NDArray[np.int64], skips: Sequence[Skip]) -> NDArray[np.int64]:
    """Where frames stand in the schedule: their sequence numbers and all that was skipped before.

    Args:
        sequences: int64 (n,), sequence numbers.
        skips: of their session, in order of position, none overlapping another.

    Returns:
        int64 (n,).
    """
    counts = np.array([0, *(skip.count for skip in skips)], np.int64).cumsum()
    # A skip comes before the frame that would have had its first position.
    before = np.array([skip.first for skip in skips], np.int64) - counts[:-1]
    positions: NDArray[np.int64] = sequences + counts[before.searchsorted(sequences, "right")]
    return positions
