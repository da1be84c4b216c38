"""Tests of faults.soak.slope."""

from __future__ import annotations

import pytest

from faults.soak import MIB, WARM_FRAMES, Life, Sample, slope
from faults.surroundings import Usage


def life(since: int, *, base: float, growth: float) -> Life:
    """A process whose memory grows by so many MiB for 100,000 frames, after it has started up."""
    samples = [Sample(since, Usage(1, 1, 8, 3))]
    for frames in range(since + WARM_FRAMES["consumer"], since + 200_000, 1000):
        resident = int((base + growth * (frames - since) / 100_000) * MIB)
        samples.append(Sample(frames, Usage(resident, resident, 8, 3)))
    return Life("consumer", since, samples)


def test_constant_memory_has_no_slope() -> None:
    assert slope([life(0, base=80.0, growth=0.0)]) == 0.0


def test_lives_of_different_size_share_one_slope() -> None:
    lives = [life(0, base=80.0, growth=2.0), life(300_000, base=120.0, growth=2.0)]

    assert slope(lives) == pytest.approx(2.0, abs=0.01)


def test_a_life_that_ends_before_it_is_warm_says_nothing() -> None:
    assert slope([Life("producer", 0, [Sample(1, Usage(1, 1, 1, 1))])]) == 0.0
    assert slope([]) == 0.0
