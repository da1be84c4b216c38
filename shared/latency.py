"""Latency distributions in fixed memory, however long a session runs."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shared.reports import Quantiles

FLOOR_NS = 1_000
CEILING_NS = 10**12
GROWTH = 1.02
NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class LatencyBins:
    """The occupied range of a latency histogram, for plotting.

    Args:
        edges_ms: float64 (k + 1,), rising, milliseconds; may be negative.
        counts: int64 (k,), frames in each bin.
    """

    edges_ms: NDArray[np.float64]
    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.edges_ms) != len(self.counts) + 1:
            raise ValueError(
                f"expected {len(self.counts) + 1} edges for {len(self.counts)} bins, "
                f"got {len(self.edges_ms)}"
            )
        if np.any(np.diff(self.edges_ms) <= 0):
            raise ValueError("expected rising edges, got edges that stand still or fall")


class LatencyHistogram:
    """Latencies of any number of frames in log-spaced bins: 17 KB, whatever was counted.

    A quantile is exact to 1 % of its value between 1 microsecond and 1,000 s on both sides of
    zero (clocks of two machines differ, so a latency between them may be negative), and to 1
    microsecond around zero. Count, sum, least and greatest value are exact. Quantiles are those
    of the nearest rank.
    """

    def __init__(self) -> None:
        self.reset()

    def add(self, nanoseconds: int) -> None:
        """Count one latency, as ``update`` does; without an array it takes a tenth of the time."""
        self.counts[bisect_right(_edge_list(), nanoseconds)] += 1
        self._extend(count=1, total=nanoseconds, low=nanoseconds, high=nanoseconds)

    def update(self, nanoseconds: NDArray[np.int64]) -> None:
        """Count int64 (n,) latencies, nanoseconds, of any sign."""
        if nanoseconds.size == 0:
            return
        places = np.searchsorted(_edges(), nanoseconds, side="right")
        np.add.at(self.counts, places, 1)
        values: list[int] = nanoseconds.tolist()
        self._extend(count=len(values), total=sum(values), low=min(values), high=max(values))

    def reset(self) -> None:
        """Forget everything."""
        self.count = 0
        self.sum_ns = 0
        self.min_ns: int | None = None
        self.max_ns: int | None = None
        self.counts = np.zeros(len(_edges()) + 1, dtype=np.int64)

    def merge(self, other: LatencyHistogram) -> None:
        """Add what another histogram has counted; the other stays as it is."""
        if other.min_ns is None or other.max_ns is None:
            return
        self.counts += other.counts
        self._extend(count=other.count, total=other.sum_ns, low=other.min_ns, high=other.max_ns)

    def compute(self) -> Quantiles | None:
        """Quantiles in milliseconds, or None where nothing was counted."""
        if self.max_ns is None:
            return None
        return Quantiles(
            count=self.count,
            p50=self._quantile(50),
            p95=self._quantile(95),
            p99=self._quantile(99),
            max=self.max_ns / NS_PER_MS,
        )

    def bins(self) -> LatencyBins | None:
        """Every bin from the first to the last occupied one, or None where nothing was counted."""
        occupied = np.flatnonzero(self.counts)
        if self.min_ns is None or self.max_ns is None or occupied.size == 0:
            return None
        first, last = int(occupied[0]), int(occupied[-1])
        edges = _edges()
        lowest = min(int(edges[0] * GROWTH), self.min_ns)
        highest = max(int(edges[-1] * GROWTH), self.max_ns + 1)
        padded = np.concatenate([[lowest], edges, [highest]])
        return LatencyBins(
            edges_ms=padded[first : last + 2] / NS_PER_MS,
            counts=self.counts[first : last + 1].copy(),
        )

    def _extend(self, *, count: int, total: int, low: int, high: int) -> None:
        self.count += count
        self.sum_ns += total
        self.min_ns = low if self.min_ns is None else min(self.min_ns, low)
        self.max_ns = high if self.max_ns is None else max(self.max_ns, high)

    def _quantile(self, percent: int) -> float:
        rank = -(-percent * self.count // 100)
        place = int(np.searchsorted(np.cumsum(self.counts), rank))
        return float(np.clip(_centres()[place], self.min_ns, self.max_ns)) / NS_PER_MS


@cache
def _edges() -> NDArray[np.int64]:
    steps = math.ceil(math.log(CEILING_NS / FLOOR_NS) / math.log(GROWTH))
    positive = np.rint(FLOOR_NS * GROWTH ** np.arange(steps + 1)).astype(np.int64)
    return np.concatenate([-positive[::-1], positive])


@cache
def _edge_list() -> list[int]:
    return list(map(int, _edges()))


@cache
def _centres() -> NDArray[np.float64]:
    """Each bin's geometric centre; the outermost bins are open, so that clipping decides."""
    edges = _edges().astype(np.float64)
    inner = np.sign(edges[1:]) * np.sqrt(np.abs(edges[:-1] * edges[1:]))
    # The middle bin alone straddles zero.
    inner[len(inner) // 2] = 0.0
    return np.concatenate([[-np.inf], inner, [np.inf]])
