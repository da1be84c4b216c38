"""DoubtCounts: the same figures however frames are batched, exact at the edges of the bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.doubt import NOVELTY_BINS, Doubt, DoubtCounts

NONE = float("nan")


def _counts(sizes: list[int], novelties: list[float]) -> DoubtCounts:
    counts = DoubtCounts()
    counts.update(np.array(sizes, np.int64), np.array(novelties, np.float32))
    return counts


def _computed(counts: DoubtCounts) -> Doubt:
    found = counts.compute()
    assert found is not None
    return found


def test_a_small_case_agrees_with_a_count_by_hand() -> None:
    found = _counts([1, 2, 7, 0, 0, 3], [0.0, 0.5, 1.0, 0.31, NONE, NONE]).compute(0.99)
    assert found == Doubt(
        coverage=0.99,
        frames=5,
        mean_set_size=13 / 4,
        set_sizes=(1, 1, 1, 1),
        novel=2,
        novelty_histogram=(1, *[0] * 5, 1, *[0] * 3, 1, *[0] * 8, 1),
    )


def test_who_says_nothing_of_doubt_has_none() -> None:
    assert DoubtCounts().compute(0.99) is None
    assert _counts([0, 0], [NONE, NONE]).compute() is None


def test_sets_alone_and_novelties_alone_are_counted() -> None:
    sets, novelties = _computed(_counts([2], [NONE])), _computed(_counts([0], [0.75]))
    assert (sets.sets, sets.novelties, sets.mean_set_size) == (1, 0, 2.0)
    assert (novelties.sets, novelties.novelties, novelties.mean_set_size) == (0, 1, None)


@pytest.mark.parametrize("edge", range(NOVELTY_BINS))
def test_a_novelty_at_the_lower_edge_of_a_bin_is_in_it(edge: int) -> None:
    before = edge / NOVELTY_BINS - 0.0001
    found = _computed(_counts([0, 0], [edge / NOVELTY_BINS, max(0.0, before)]))
    expected = [0] * NOVELTY_BINS
    expected[edge] += 1
    expected[max(0, edge - 1)] += 1
    assert found.novelty_histogram == tuple(expected)


@given(
    frames=st.lists(
        st.tuples(st.integers(0, 9), st.none() | st.integers(0, 10_000)), min_size=1, max_size=40
    ),
    cut=st.integers(0, 40),
)
def test_batches_and_merging_change_nothing(frames: list[tuple[int, int | None]], cut: int) -> None:
    sizes = [size for size, _ in frames]
    novelties = [NONE if steps is None else steps / 10_000 for _, steps in frames]
    whole = _counts(sizes, novelties)
    merged = _counts(sizes[:cut], novelties[:cut])
    merged.merge(_counts(sizes[cut:], novelties[cut:]))
    assert merged.compute() == whole.compute()
    whole.reset()
    assert whole.compute() is None
