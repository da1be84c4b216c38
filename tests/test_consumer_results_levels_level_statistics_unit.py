"""LevelStatistics: figures as counted by hand, however the frames were batched and merged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_parts import rows

from consumer.results.levels import (
    BINS,
    TOP,
    Levels,
    LevelStatistics,
    MeasureBins,
    coarse_bins,
    levels_of,
    values_of,
)
from shared.quality import MEASURES

_RANGES = (255.0, 127.5, 20.0, 8.0, 1.0, 1.0, 1.0, 255.0)
frames = st.lists(
    st.lists(st.integers(0, TOP), min_size=len(MEASURES), max_size=len(MEASURES)),
    min_size=1,
    max_size=40,
).map(lambda levels: np.array(levels, np.int64))


@pytest.mark.parametrize(
    ("share", "level"), [(0.0, 0), (0.5, TOP // 2), (1.0, TOP), (-0.1, 0), (1.5, TOP)]
)
def test_a_level_is_a_share_of_the_range_of_its_measure(share: float, level: int) -> None:
    values = np.array(_RANGES) * share
    levels = levels_of(values[None])
    assert levels.tolist() == [[level] * len(MEASURES)]
    inside = np.array(_RANGES) * min(max(share, 0.0), 1.0)
    assert values_of(levels[0]) == inside.tolist()


@given(levels=frames, cut=st.integers(0, 40))
def test_batches_and_merged_statistics_are_exactly_those_of_one_batch(
    levels: Levels, cut: int
) -> None:
    whole, pieces = LevelStatistics.of(levels), LevelStatistics.of(levels[:cut])
    merged, rest = LevelStatistics.of(levels[:cut]), LevelStatistics.of(levels[cut:])
    pieces.update(levels[cut:])
    merged.merge(rest)
    for found in (pieces, merged):
        assert found.compute() == whole.compute()
        assert np.array_equal(found.bins, whole.bins)
    assert rest.frames == max(0, len(levels) - cut)


@given(levels=frames)
def test_the_figures_are_those_counted_by_hand(levels: Levels) -> None:
    shares = levels / TOP * np.array(_RANGES)
    for place, found in enumerate(LevelStatistics.of(levels).compute()):
        values, bin_width = shares[:, place], _RANGES[place] / BINS
        assert found.frames == len(levels)
        assert found.mean == pytest.approx(values.mean(), abs=1e-3)
        assert found.deviation == pytest.approx(values.std(), abs=1e-3)
        assert found.least == pytest.approx(values.min(), abs=1e-3)
        assert found.greatest == pytest.approx(values.max(), abs=1e-3)
        for share, quartile in (
            (25, found.lower_quartile),
            (50, found.median),
            (75, found.upper_quartile),
        ):
            exact = np.percentile(values, share, method="inverted_cdf")
            assert quartile == pytest.approx(exact, abs=bin_width + 1e-3)


def test_frames_that_are_all_the_same_have_no_spread() -> None:
    found, *_ = LevelStatistics.of(np.full((300, len(MEASURES)), 12345, np.int64)).compute()
    assert found.deviation == 0
    assert found.least == found.median == found.greatest == found.mean


def test_nothing_to_add_changes_nothing() -> None:
    found = LevelStatistics.of(levels_of(rows(5)))
    before = found.compute()
    found.update(np.zeros((0, len(MEASURES)), np.int64))
    found.merge(LevelStatistics())
    assert found.compute() == before


def test_bins_for_plotting_count_every_frame_once() -> None:
    reference = LevelStatistics.of(levels_of(rows(20)))
    session = LevelStatistics.of(levels_of(rows(50, brightness=255.0)))
    bins = coarse_bins(reference, session)
    assert tuple(bins) == MEASURES
    for found, top in zip(bins.values(), _RANGES, strict=True):
        assert (found.reference.sum(), found.session.sum()) == (20, 50)
        assert (found.edges[0], found.edges[-1]) == (0.0, pytest.approx(top))
    assert bins["brightness"].session[-1] > 0


def test_bins_must_fit_their_edges() -> None:
    counts = np.zeros(3, np.int64)
    with pytest.raises(ValueError, match=r"expected one more edge than bins, got .*\[2, 3\]"):
        MeasureBins(np.arange(3.0), counts, counts)
