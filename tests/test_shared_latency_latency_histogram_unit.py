"""LatencyHistogram: quantiles near the true ones, exact sums, in fixed memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shared.latency import CEILING_NS, FLOOR_NS, NS_PER_MS, LatencyBins, LatencyHistogram
from shared.reports import Quantiles

# The bin around zero has an accuracy of its own.
magnitudes = st.integers(FLOOR_NS + 1, CEILING_NS)
within = st.lists(magnitudes | magnitudes.map(lambda value: -value), min_size=1, max_size=200)
anything = st.lists(st.integers(-(2**62), 2**62), max_size=50)


def _histogram(*values: int) -> LatencyHistogram:
    histogram = LatencyHistogram()
    histogram.update(np.array(values, np.int64))
    return histogram


def _state(histogram: LatencyHistogram) -> Any:
    bins = histogram.bins()
    return (
        histogram.count,
        histogram.sum_ns,
        histogram.min_ns,
        histogram.max_ns,
        histogram.compute(),
        bins and (bins.edges_ms.tolist(), bins.counts.tolist()),
    )


def _nearest_rank(values: list[int], percent: int) -> int:
    return sorted(values)[-(-percent * len(values) // 100) - 1]


@given(values=within)
def test_a_quantile_is_within_one_percent_of_the_nearest_rank(values: list[int]) -> None:
    found = _histogram(*values).compute()
    assert found is not None
    for percent, quantile in ((50, found.p50), (95, found.p95), (99, found.p99)):
        # A nanosecond more: the edges of the bins are whole.
        true = _nearest_rank(values, percent)
        assert quantile * NS_PER_MS == pytest.approx(true, abs=0.01 * abs(true) + 1)
    assert found.max == max(values) / NS_PER_MS


@given(values=st.lists(st.integers(-FLOOR_NS, FLOOR_NS), min_size=1, max_size=50))
def test_around_zero_a_quantile_is_within_a_microsecond(values: list[int]) -> None:
    found = _histogram(*values).compute()
    assert found is not None
    assert abs(found.p50 * NS_PER_MS - _nearest_rank(values, 50)) <= FLOOR_NS * 1.02


@given(values=anything.filter(bool))
def test_count_sum_least_and_greatest_are_exact(values: list[int]) -> None:
    histogram = _histogram(*values)
    assert (histogram.count, histogram.sum_ns) == (len(values), sum(values))
    assert (histogram.min_ns, histogram.max_ns) == (min(values), max(values))


@given(values=anything)
def test_one_at_a_time_gives_the_same_as_all_at_once(values: list[int]) -> None:
    histogram = LatencyHistogram()
    for value in values:
        histogram.add(value)
    assert _state(histogram) == _state(_histogram(*values))


@given(values=anything, cut=st.integers(0, 50))
def test_pieces_and_merging_give_the_same_as_all_at_once(values: list[int], cut: int) -> None:
    whole = _histogram(*values)
    pieces = _histogram(*values[:cut])
    pieces.update(np.array(values[cut:], np.int64))
    merged, other = _histogram(*values[:cut]), _histogram(*values[cut:])
    before = _state(other)
    merged.merge(other)
    assert _state(whole) == _state(pieces) == _state(merged)
    assert _state(other) == before


def test_a_single_value_is_every_quantile() -> None:
    assert _histogram(1_500_000).compute() == Quantiles(count=1, p50=1.5, p95=1.5, p99=1.5, max=1.5)


@pytest.mark.parametrize("value", [0, 2 * CEILING_NS, -2 * CEILING_NS])
def test_a_single_value_outside_the_bins_is_exact_too(value: int) -> None:
    found = _histogram(value, value).compute()
    assert found is not None
    assert (found.p50, found.max) == (value / NS_PER_MS, value / NS_PER_MS)


def test_what_counted_nothing_has_nothing_to_say() -> None:
    empty = LatencyHistogram()
    empty.update(np.array([], np.int64))
    empty.merge(LatencyHistogram())
    assert _state(empty) == (0, 0, None, None, None, None)


def test_after_a_reset_nothing_is_left() -> None:
    histogram = _histogram(1, 2, 3)
    histogram.reset()
    assert _state(histogram) == _state(LatencyHistogram())


@given(values=anything.filter(bool))
def test_the_bins_hold_every_value_and_no_empty_bin_at_the_ends(values: list[int]) -> None:
    bins = _histogram(*values).bins()
    assert bins is not None
    assert bins.counts.sum() == len(values)
    assert bins.counts[0] > 0
    assert bins.counts[-1] > 0
    assert bins.edges_ms[0] <= min(values) / NS_PER_MS
    assert bins.edges_ms[-1] >= max(values) / NS_PER_MS


def test_bins_are_a_copy() -> None:
    histogram = _histogram(5)
    bins = histogram.bins()
    assert bins is not None
    bins.counts[:] = 7
    assert _state(histogram) == _state(_histogram(5))


@pytest.mark.parametrize(
    ("edges", "counts", "message"),
    [
        (np.array([0.0, 1.0]), np.array([1, 2]), "expected 3 edges for 2 bins, got 2"),
        (np.array([0.0, 0.0]), np.array([1]), "expected rising edges"),
        (np.array([1.0, 0.0]), np.array([1]), "expected rising edges"),
    ],
)
def test_bins_that_do_not_fit_are_refused(
    edges: NDArray[np.float64], counts: NDArray[np.int64], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        LatencyBins(edges, counts)


def test_quantiles_of_log_normal_latencies_are_within_one_percent_of_exact_ones() -> None:
    latencies = np.random.default_rng(1).lognormal(14.0, 1.5, 50_000).astype(np.int64)
    histogram = LatencyHistogram()
    for piece in np.array_split(latencies, 100):
        histogram.update(piece)
    found = histogram.compute()
    assert found is not None
    exact = np.percentile(latencies, [50, 95, 99], method="inverted_cdf") / NS_PER_MS
    assert [found.p50, found.p95, found.p99] == pytest.approx(exact.tolist(), rel=0.01)


def test_memory_does_not_grow_with_what_is_counted() -> None:
    histogram = _histogram(1)
    before = histogram.counts.nbytes
    for power in range(62):
        histogram.update(np.array([2**power, -(2**power)], np.int64))
    assert histogram.counts.nbytes == before < 20_000
