"""portions cuts a number into few sizes: powers of two, the greatest first."""

from __future__ import annotations

import pytest

from consumer.pipeline.analyst import portions


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (37, [32, 4, 1]), (64, [64]), (63, [32, 16, 8, 4, 2, 1])],
)
def test_a_number_is_the_sum_of_its_portions(count: int, sizes: list[int]) -> None:
    assert list(portions(count)) == sizes
