"""Frames with their measures, and which of them are not as they should be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consumer.pipeline.records import ResultBatch
from consumer.results.levels import TOP, Levels, levels_of, values_of
from consumer.results.reference import Reference
from shared.quality import MAX_FLAGGED, MEASURES, Flag, FlaggedFrame

CLIPPED = 0.95
"""A frame is saturated where at least this share of its pixels is clipped ..."""
CLIPPED_BRIGHT = 0.30
"""... and at least this share of them all at the bright end: black alone is no fault."""
_DARK, _BRIGHT = MEASURES.index("clipped_dark"), MEASURES.index("clipped_bright")


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredFrames:
    """n frames of a session in their order.

    Args:
        sequences: int64 (n,), sequence numbers.
        indices: int64 (n,), each frame's index in the data set.
        levels: int64 (n, m), the measures.
        blank: bool (n,), whether all pixels of a frame are the same.
    """

    sequences: Levels
    indices: Levels
    levels: Levels
    blank: NDArray[np.bool_]

    @classmethod
    def none(cls) -> MeasuredFrames:
        """No frames."""
        numbers = np.zeros(0, np.int64)
        return cls(numbers, numbers, np.zeros((0, len(MEASURES)), np.int64), np.zeros(0, np.bool_))

    @classmethod
    def of(cls, batch: ResultBatch) -> MeasuredFrames:
        """Those of a batch that were measured."""
        if batch.measures is None:
            return cls.none()
        values = batch.measures.values
        places = np.flatnonzero(~np.isnan(values[:, 0]))
        return cls(
            batch.first + places,
            batch.indices[places],
            levels_of(values[places]),
            batch.measures.blank[places],
        )

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.sequences)

    def part(self, start: int, stop: int) -> MeasuredFrames:
        """The frames ``start`` to ``stop`` - 1."""
        place = slice(start, stop)
        return MeasuredFrames(
            self.sequences[place], self.indices[place], self.levels[place], self.blank[place]
        )

    def last(self, count: int) -> MeasuredFrames:
        """The last ``count`` frames, or all where there are fewer."""
        return self.part(max(0, len(self) - count), len(self))

    def then(self, others: MeasuredFrames) -> MeasuredFrames:
        """These and then others."""
        return MeasuredFrames(
            np.concatenate((self.sequences, others.sequences)),
            np.concatenate((self.indices, others.indices)),
            np.concatenate((self.levels, others.levels)),
            np.concatenate((self.blank, others.blank)),
        )


class Verdicts:
    """How many frames have which flag, and the first of them.

    A frame is flagged once: as blank, or else as saturated, or else as an outlier.
    """

    def __init__(self) -> None:
        self.blank = self.saturated = self.outliers = 0
        self.by_measure: Levels = np.zeros(len(MEASURES), np.int64)
        self.flagged: list[FlaggedFrame] = []

    def judge(self, frames: MeasuredFrames, reference: Reference) -> None:
        """Flag the next frames."""
        dark, bright = frames.levels[:, _DARK], frames.levels[:, _BRIGHT]
        # Both were rounded to whole levels.
        clipped = (dark + bright >= CLIPPED * TOP - 1) & (bright >= CLIPPED_BRIGHT * TOP - 1)
        saturated = clipped & ~frames.blank
        beyond = reference.beyond(frames.levels) & ~(frames.blank | saturated)[:, None]
        outliers: NDArray[np.bool_] = np.asarray(beyond.any(axis=1))
        self.blank += int(frames.blank.sum())
        self.saturated += int(saturated.sum())
        self.outliers += int(outliers.sum())
        self.by_measure += beyond.sum(axis=0)
        if len(self.flagged) == MAX_FLAGGED:
            return
        flags: tuple[tuple[Flag, NDArray[np.bool_]], ...] = (
            ("blank", frames.blank),
            ("saturated", saturated),
            ("outlier", outliers),
        )
        found = sorted((place, flag) for flag, which in flags for place in np.flatnonzero(which))
        for place, flag in found[: MAX_FLAGGED - len(self.flagged)]:
            self.flagged.append(_told(frames, place, flag, reference))


def _told(frames: MeasuredFrames, place: np.intp, flag: Flag, reference: Reference) -> FlaggedFrame:
    levels = frames.levels[place]
    told = FlaggedFrame(
        sequence=int(frames.sequences[place]), index=int(frames.indices[place]), flag=flag
    )
    if flag == "blank":
        return told
    if flag == "saturated":
        return told.model_copy(
            update={
                "measure": "clipped_bright",
                "value": values_of(levels)[_BRIGHT],
                "high": CLIPPED_BRIGHT,
            }
        )
    which = reference.furthest(levels)
    return told.model_copy(
        update={
            "measure": MEASURES[which],
            "value": values_of(levels)[which],
            "low": reference.low[which],
            "high": reference.high[which],
        }
    )
