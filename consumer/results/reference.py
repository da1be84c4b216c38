"""What the frames of a session are like, and how far a frame or a window is from that."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from consumer.results.levels import TOP, Levels, LevelStatistics, Row, levels_of, values_of
from shared.quality import MEASURES, Drift, MeasureName

LIMIT = 5.0
"""A frame is an outlier where a measure is more deviations than this from the median."""
DISTANCE = 2.83
"""Times the root of 1/n + 1/m: the distance of two windows beyond which there is drift.

For two windows of 256 frames that is 0.25. Smirnov (1948): by chance alone once in 4 million.
"""
SHIFT = 0.5
"""Deviations that the median must have moved to be drift."""
FEWEST = 32
"""So many frames a reference or a window needs before it is judged by."""
# The least deviation of each measure: what is nearly constant may vary by five times this.
_FLOORS: Mapping[MeasureName, float] = MappingProxyType(
    {
        "brightness": 8.0,
        "contrast": 4.0,
        "sharpness": 0.5,
        "entropy": 0.25,
        "saturation": 0.04,
        "clipped_dark": 0.04,
        "clipped_bright": 0.04,
        "darkest": 12.0,
    }
)
# For a normal distribution, this is how many deviations lie between its quartiles.
_QUARTILES_APART = 1.349


class Reference:
    """What the first frames of a session are like.

    Median and quartiles decide, so that up to a quarter of the frames may be faulty.

    Args:
        statistics: of those frames; at least one.
    """

    def __init__(self, statistics: LevelStatistics) -> None:
        self.statistics = statistics
        lower, self._median, upper = statistics.quartiles()
        floors = levels_of(np.array([_FLOORS[name] for name in MEASURES]))
        self._deviation: Row = np.maximum((upper - lower) / _QUARTILES_APART, floors)
        self._low = np.maximum(0, self._median - LIMIT * self._deviation)
        self._high = np.minimum(TOP, self._median + LIMIT * self._deviation)

    @property
    def judges(self) -> bool:
        """Whether it has seen enough frames to call others outliers."""
        return self.statistics.frames >= FEWEST

    @property
    def low(self) -> list[float]:
        """The least value of each measure that is no outlier."""
        return values_of(self._low)

    @property
    def high(self) -> list[float]:
        """The greatest value of each measure that is no outlier."""
        return values_of(self._high)

    def beyond(self, levels: Levels) -> NDArray[np.bool_]:
        """Which measures of frames, by their levels (n, m), are outside the limits: (n, m)."""
        if not self.judges:
            return np.zeros(levels.shape, np.bool_)
        return np.asarray((levels < self._low) | (levels > self._high))

    def furthest(self, levels: Levels) -> int:
        """The measure of one frame (m,) that is most deviations from the median."""
        return int((np.abs(levels - self._median) / self._deviation).argmax())

    def drift(self, window: LevelStatistics, *, first: int) -> tuple[Drift, ...]:
        """How far a window of frames has drifted, measure by measure.

        The distance is that of Kolmogorov and Smirnov over the bins. A median that has hardly moved
        is no drift, however sure it is that it has.

        Args:
            window: their statistics; at least one frame.
            first: sequence number of the first of them.
        """
        ours, theirs = self.statistics, window
        limit = min(1.0, DISTANCE * (1 / ours.frames + 1 / theirs.frames) ** 0.5)
        reached = (np.cumsum(each.bins, axis=1) / each.frames for each in (ours, theirs))
        distances = np.abs(np.subtract(*reached)).max(axis=1)
        shifts = (theirs.quartiles()[1] - self._median) / self._deviation
        return tuple(
            Drift(
                first=first,
                frames=theirs.frames,
                distance=round(distance, 4),
                limit=round(limit, 4),
                shift=round(shift, 4),
                drifted=distance > limit and abs(shift) >= SHIFT,
            )
            for distance, shift in zip(distances.tolist(), shifts.tolist(), strict=True)
        )
