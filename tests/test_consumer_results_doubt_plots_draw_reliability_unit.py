"""Tests of drawing a reliability diagram on axes."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from consumer.results.doubt_plots import draw_reliability
from shared.doubt import RELIABILITY_BINS, ReliabilityBin


def test_a_point_stands_for_each_bin_with_frames_and_grows_with_them() -> None:
    bins = [ReliabilityBin(frames=0)] * (RELIABILITY_BINS - 2)
    bins.append(ReliabilityBin(frames=1, confidence=0.9, accuracy=1.0))
    bins.append(ReliabilityBin(frames=3, confidence=0.98, accuracy=0.67))
    axes = Figure().add_subplot()
    draw_reliability(axes, bins)
    (points,) = (found for found in axes.collections if isinstance(found, PathCollection))
    np.testing.assert_allclose(np.asarray(points.get_offsets()), [[0.9, 1.0], [0.98, 0.67]])
    small, large = np.asarray(points.get_sizes())
    assert small < large
    assert axes.get_xlabel() == "confidence"
