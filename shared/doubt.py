"""What a model says of its own doubt: figures of a session, and how true they turned out to be."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

NOVEL = 0.5
"""A frame of at least this novelty is less like the training images than 99 in 100 others."""
SET_SIZES = 4
"""Sets of 1, 2 and 3 classes are counted apart, larger ones together."""
NOVELTY_BINS = 20
RELIABILITY_BINS = 15
_STEPS = 10_000
_HEAD = 3

Frames = Annotated[int, Field(ge=0, lt=2**63)]
Portion = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
MeanSize = Annotated[float, Field(ge=0.0, le=1000.0, allow_inf_nan=False)]


class DoubtValue(BaseModel):
    """Base of all values of this module: frozen, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Doubt(DoubtValue):
    """What a model said of its doubt about a session's frames; those without a label not counted.

    ``coverage`` is the share of prediction sets that the model's card promises to hold the true
    class. ``frames`` have a set, a novelty or both. ``set_sizes`` counts sets of 1, 2, 3 and more
    classes; ``novelty_histogram`` has equal bins over 0..1, and ``novel`` frames have 0.5 or more.
    """

    coverage: Portion | None = None
    frames: Frames
    mean_set_size: MeanSize | None = None
    set_sizes: Annotated[tuple[Frames, ...], Field(min_length=SET_SIZES, max_length=SET_SIZES)] = (
        0,
    ) * SET_SIZES
    novel: Frames = 0
    novelty_histogram: Annotated[
        tuple[Frames, ...], Field(min_length=NOVELTY_BINS, max_length=NOVELTY_BINS)
    ] = (0,) * NOVELTY_BINS

    @property
    def sets(self) -> int:
        """How many frames have a prediction set."""
        return sum(self.set_sizes)

    @property
    def novelties(self) -> int:
        """How many frames have a novelty."""
        return sum(self.novelty_histogram)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        most = max(self.sets, self.novelties)
        if most > self.frames or self.novel > self.novelties:
            raise ValueError(
                f"expected at most {self.frames} frames with sets and novelties, and novel ones "
                f"among them, got {self.sets}, {self.novelties} and {self.novel}"
            )
        return self


class ReliabilityBin(DoubtValue):
    """Frames of about the same confidence: the mean of it, and the share that was right."""

    frames: Frames
    confidence: Portion | None = None
    accuracy: Portion | None = None


class Calibration(DoubtValue):
    """How far a model's doubt was right, over the frames with a label.

    ``error`` is the expected calibration error over the ``bins`` of equal width. Of the ``sets``
    prediction sets a share ``coverage`` holds the true class.
    """

    frames: Frames
    error: Portion
    bins: Annotated[
        tuple[ReliabilityBin, ...],
        Field(min_length=RELIABILITY_BINS, max_length=RELIABILITY_BINS),
    ]
    sets: Frames = 0
    coverage: Portion | None = None
    mean_set_size: MeanSize | None = None


class DoubtCounts:
    """Counts doubt in fixed memory: whole numbers, to which neither batches nor order matter.

    ``counts``, int64, are those of frames, novel frames and classes in all sets, then of sets by
    size, from 0 on, then of the novelty's bins.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget every frame."""
        self.counts: NDArray[np.int64] = np.zeros(_HEAD + SET_SIZES + 1 + NOVELTY_BINS, np.int64)

    def update(self, sizes: NDArray[np.int64], novelties: NDArray[np.float32]) -> None:
        """Count n frames.

        Args:
            sizes: int64 (n,), of their prediction sets, 0 for a frame without.
            novelties: float32 (n,), 0..1 to four decimals, not a number for a frame without.
        """
        known = ~np.isnan(novelties)
        # In steps of the last decimal: in float32 the product could fall into the next bin.
        steps = np.rint(novelties[known].astype(np.float64) * _STEPS).astype(np.int64)
        bins = np.minimum(steps * NOVELTY_BINS // _STEPS, NOVELTY_BINS - 1)
        head = (
            np.count_nonzero(known | (sizes > 0)),
            np.count_nonzero(steps >= NOVEL * _STEPS),
            sizes.sum(),
        )
        by_size = np.bincount(np.minimum(sizes, SET_SIZES), minlength=SET_SIZES + 1)
        self.counts += np.concatenate((head, by_size, np.bincount(bins, minlength=NOVELTY_BINS)))

    def merge(self, other: DoubtCounts) -> None:
        """Add what another one has counted; the other stays as it is."""
        self.counts += other.counts

    def compute(self, coverage: float | None = None) -> Doubt | None:
        """The figures so far, None where nothing was said of doubt; ``coverage`` was promised."""
        frames, novel, members, _, *others = self.counts.tolist()
        if not frames:
            return None
        sizes, histogram = tuple(others[:SET_SIZES]), tuple(others[SET_SIZES:])
        sets = sum(sizes)
        return Doubt(
            coverage=coverage,
            frames=frames,
            mean_set_size=members / sets if sets else None,
            set_sizes=sizes,
            novel=novel,
            novelty_histogram=histogram,
        )
