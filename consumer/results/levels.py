"""Measures as whole numbers on fixed scales, and their statistics in fixed memory."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from shared.quality import MEASURES, Distribution, MeasureName

Levels = NDArray[np.int64]
Row = NDArray[np.float64]

TOP = 2**20
"""The level of the greatest value that a measure can have; the least one has level 0."""
BINS = 256
_RANGES: Mapping[MeasureName, float] = MappingProxyType(
    {
        "brightness": 255.0,
        "contrast": 127.5,
        # A Laplacian is at most 1,020.
        "sharpness": 20.0,
        "entropy": 8.0,
        "saturation": 1.0,
        "clipped_dark": 1.0,
        "clipped_bright": 1.0,
        "darkest": 255.0,
    }
)
_UNITS = np.array([_RANGES[name] for name in MEASURES]) / TOP
_FIRST_BINS = BINS * np.arange(len(MEASURES))
_PLOTTED = 64
_QUARTILES = (0.25, 0.5, 0.75)
_FIGURES = (
    "mean",
    "deviation",
    "least",
    "lower_quartile",
    "median",
    "upper_quartile",
    "greatest",
)
_DECIMALS = 3


def levels_of(values: Row) -> Levels:
    """Values of measures (..., m) as whole numbers: 0 at the scale's start, TOP at its end."""
    return np.rint(np.clip(values / _UNITS, 0, TOP)).astype(np.int64)


def values_of(levels: NDArray[np.generic]) -> list[float]:
    """Levels (m,) of all measures as values, to three decimals; levels may be broken numbers."""
    return [round(value, _DECIMALS) for value in (np.asarray(levels) * _UNITS).tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class MeasureBins:
    """The distribution of one measure over the reference and over all frames, for plotting.

    Args:
        edges: float64 (k + 1,), rising, in the measure's unit.
        reference: int64 (k,), frames of the reference in each bin.
        session: int64 (k,), all frames.
    """

    edges: Row
    reference: Levels
    session: Levels

    def __post_init__(self) -> None:
        lengths = {len(self.edges) - 1, len(self.reference), len(self.session)}
        if len(lengths) > 1:
            raise ValueError(f"expected one more edge than bins, got lengths of {sorted(lengths)}")


class LevelStatistics:
    """Distributions of all measures over any number of frames: 18 KB, whatever was counted.

    All that is kept are whole numbers, so that the same frames give the same figures however they
    were batched or merged.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.bins: Levels = np.zeros((len(MEASURES), BINS), np.int64)
        self._sums = [0] * len(MEASURES)
        self._squares = [0] * len(MEASURES)
        self._least: Levels = np.full(len(MEASURES), TOP, np.int64)
        self._greatest: Levels = np.zeros(len(MEASURES), np.int64)

    @classmethod
    def of(cls, levels: Levels) -> LevelStatistics:
        """Those of some frames alone."""
        found = cls()
        found.update(levels)
        return found

    def update(self, levels: Levels) -> None:
        """Count frames by their levels (n, m)."""
        if len(levels) == 0:
            return
        bins = np.minimum(levels * BINS // TOP, BINS - 1) + _FIRST_BINS
        self.bins += np.bincount(bins.ravel(), minlength=self.bins.size).reshape(self.bins.shape)
        self.frames += len(levels)
        self._add(levels.sum(axis=0).tolist(), (levels**2).sum(axis=0).tolist())
        self._extend(levels.min(axis=0), levels.max(axis=0))

    def merge(self, other: LevelStatistics) -> None:
        """Add what another one has counted; the other stays as it is."""
        # pylint: disable=protected-access  # of another object of this very class
        self.bins += other.bins
        self.frames += other.frames
        self._add(other._sums, other._squares)
        self._extend(other._least, other._greatest)

    def quartiles(self) -> Row:
        """Lower quartile, median and upper quartile of each measure, (3, m), in levels.

        They are interpolated within a bin, so exact to a 256th of the scale. At least one frame.
        """
        reached = np.cumsum(self.bins, axis=1)
        found = np.empty((len(_QUARTILES), len(MEASURES)))
        for place, share in enumerate(_QUARTILES):
            wanted = share * self.frames
            bins = (reached < wanted).argmin(axis=1)
            held = np.take_along_axis(self.bins, bins[:, None], axis=1)[:, 0]
            before = np.take_along_axis(reached, bins[:, None], axis=1)[:, 0] - held
            found[place] = (bins + (wanted - before) / held) * (TOP / BINS)
        return np.clip(found, self._least, self._greatest)

    def compute(self) -> tuple[Distribution, ...]:
        """The distribution of each measure, in its own unit; at least one frame."""
        means = np.array([total / self.frames for total in self._sums])
        spread = [
            math.sqrt(self.frames * square - total**2) / self.frames
            for total, square in zip(self._sums, self._squares, strict=True)
        ]
        rows = (means, np.array(spread), self._least, *self.quartiles(), self._greatest)
        columns = zip(*map(values_of, rows), strict=True)
        return tuple(
            Distribution(frames=self.frames, **dict(zip(_FIGURES, column, strict=True)))
            for column in columns
        )

    def _add(self, sums: list[int], squares: list[int]) -> None:
        self._sums = [a + b for a, b in zip(self._sums, sums, strict=True)]
        self._squares = [a + b for a, b in zip(self._squares, squares, strict=True)]

    def _extend(self, least: Levels, greatest: Levels) -> None:
        self._least = np.minimum(self._least, least)
        self._greatest = np.maximum(self._greatest, greatest)


def coarse_bins(
    reference: LevelStatistics, session: LevelStatistics
) -> dict[MeasureName, MeasureBins]:
    """The bins of each measure, four of them as one."""
    edges = np.linspace(0, TOP, _PLOTTED + 1)
    counts = [
        found.bins.reshape(len(MEASURES), _PLOTTED, -1).sum(axis=2)
        for found in (reference, session)
    ]
    return {
        measure: MeasureBins(edges * _UNITS[place], counts[0][place], counts[1][place])
        for place, measure in enumerate(MEASURES)
    }
