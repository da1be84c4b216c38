"""Frames with measures for tests of their quality: ordinary ones, and ones that stand out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
from consumer_parts import results
from numpy.typing import NDArray

from consumer.pipeline.records import FrameMeasures, ResultBatch
from consumer.results.flagging import MeasuredFrames
from consumer.results.quality import QualityMetric
from shared.quality import MEASURES

Rows = NDArray[np.float64]
ORDINARY = dict(zip(MEASURES, (100.0, 50.0, 10.0, 6.0, 0.5, 0.1, 0.1, 20.0), strict=True))
SATURATED = {"clipped_dark": 0.5, "clipped_bright": 0.45}


def row(**values: float) -> Rows:
    """The measures of one frame: ordinary but for these."""
    return np.array([float((ORDINARY | values)[name]) for name in MEASURES])


def rows(count: int, *, seed: int = 0, **values: float) -> Rows:
    """Measures (count, m) that vary a little around the ordinary ones, but for these."""
    chance = np.random.default_rng(seed)
    return np.stack([row(**values)] * count) * chance.uniform(0.95, 1.05, (count, len(MEASURES)))


def measured(values: Rows, *, first: int = 0, blank: Collection[int] = ()) -> ResultBatch:
    """Results with these measures (n, m); frames of the places in ``blank`` are blank."""
    places = np.array([place in blank for place in range(len(values))], np.bool_)
    batch = results(first, [0] * len(values))
    return dataclasses.replace(batch, measures=FrameMeasures(values, places))


def judged(values: Rows, *, blank: Collection[int] = ()) -> QualityMetric:
    """The metric after one batch."""
    metric = QualityMetric()
    metric.update(measured(values, blank=blank))
    return metric


def frames(values: Rows, *, first: int = 0, blank: Collection[int] = ()) -> MeasuredFrames:
    """The same, as they are judged."""
    return MeasuredFrames.of(measured(values, first=first, blank=blank))
