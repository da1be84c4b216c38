"""Tests of faults.values.quantile_of."""

from __future__ import annotations

import pytest

from faults.values import quantile_of


@pytest.mark.parametrize(
    ("quantile", "expected"), [(0.0, 1.0), (0.5, 5.0), (0.95, 10.0), (0.9, 9.0), (1.0, 10.0)]
)
def test_it_is_the_least_value_that_enough_values_do_not_exceed(
    quantile: float, expected: float
) -> None:
    assert quantile_of([float(k) for k in range(10, 0, -1)], quantile) == expected


def test_of_one_value_every_quantile_is_that_value() -> None:
    assert quantile_of([3.0], 0.5) == 3.0
