"""What travels between the consumer's stages: plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.frames import FrameHeader

UNCLASSIFIED = -1
"""The label of a frame that could not be classified."""
DECIMALS = 4
"""How exactly a confidence is told."""


@dataclass(frozen=True, slots=True, eq=False)
class ResultBatch:
    """The classification of a contiguous run of n frames.

    Args:
        first: sequence number of the run's first frame.
        images: n arrays, uint8, (H, W) or (H, W, C), as received.
        indices: int64 (n,), each frame's index in the data set.
        crcs: uint32 (n,), CRC-32 of the pixels as received.
        labels: int16 (n,), index into the model's classes, or UNCLASSIFIED.
        confidences: float32 (n,), 0..1 to four decimals; 0 where unclassified.
        times: each frame's path.
        reasons: sequence number -> reason code of each unclassified frame.
        measures: how good each image is; None where nothing was measured.
        sets: bool (n, classes), the classes that each frame may show, its label among them, none
            where unclassified; None for a model that does not tell.
        novelty: float32 (n,), 0..1 to four decimals, how unlike the training images each frame is,
            0 where unclassified; None for a model that does not tell.
    """

    first: int
    images: tuple[NDArray[np.uint8], ...]
    indices: NDArray[np.int64]
    crcs: NDArray[np.uint32]
    labels: NDArray[np.int16]
    confidences: NDArray[np.float32]
    times: StageTimes
    reasons: Mapping[int, str] = field(default_factory=dict)
    measures: FrameMeasures | None = None
    sets: NDArray[np.bool_] | None = None
    novelty: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Number of frames in the run."""
        return len(self.labels)

    def part(self, start: int, stop: int) -> ResultBatch:
        """The frames ``start`` to ``stop`` - 1, counted from the run's first."""
        frames = range(self.first + start, self.first + stop)
        return ResultBatch(
            first=frames.start,
            images=self.images[start:stop],
            indices=self.indices[start:stop],
            crcs=self.crcs[start:stop],
            labels=self.labels[start:stop],
            confidences=self.confidences[start:stop],
            times=self.times.part(start, stop),
            reasons={number: why for number, why in self.reasons.items() if number in frames},
            measures=None if self.measures is None else self.measures.part(start, stop),
            sets=None if self.sets is None else self.sets[start:stop],
            novelty=None if self.novelty is None else self.novelty[start:stop],
        )


@dataclass(frozen=True, slots=True, eq=False)
class FrameMeasures:
    """How good each of n images is.

    Args:
        values: float64 (n, m), the measures in the order of ``shared.quality.MEASURES``; NaN in the
            whole row of an image that was not measured.
        blank: bool (n,), whether all pixels of the image are the same.
    """

    values: NDArray[np.float64]
    blank: NDArray[np.bool_]

    def part(self, start: int, stop: int) -> FrameMeasures:
        """The measures of the images ``start`` to ``stop`` - 1."""
        return FrameMeasures(self.values[start:stop], self.blank[start:stop])


@dataclass(frozen=True, slots=True, eq=False)
class StageTimes:
    """When each of n frames passed each stage: int64 (n,), nanoseconds since 1970.

    Args:
        sent: the producer handed the frame to its socket.
        received: the receiver thread had the whole message.
        taken: the analyst thread took it from the frames queue.
        done: its batch was classified.
    """

    sent: NDArray[np.int64]
    received: NDArray[np.int64]
    taken: NDArray[np.int64]
    done: NDArray[np.int64]

    def part(self, start: int, stop: int) -> StageTimes:
        """The times of the frames ``start`` to ``stop`` - 1."""
        return StageTimes(
            sent=self.sent[start:stop],
            received=self.received[start:stop],
            taken=self.taken[start:stop],
            done=self.done[start:stop],
        )


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedFrame:
    """One frame on its way from the receiver to the analyst.

    Args:
        header: what the frame says of itself.
        image: uint8, (H, W) or (H, W, C), as received.
        model_input: uint8, (h, w) in the model's size, or None where it could not be made.
        received_ns: when the whole message was there, nanoseconds since 1970.
        reason: why there is no model input: a short code, empty otherwise.
    """

    header: FrameHeader
    image: NDArray[np.uint8]
    model_input: NDArray[np.uint8] | None
    received_ns: int
    reason: str = ""
