"""Tests of faults.values.Tally."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from faults.values import SLACK, TOLD, Order, Tally


def order(*, full: bool) -> Order:
    """An order whose services are never started."""
    return Order(runs=3, seed=7, folder=Path("nowhere"), nursery=cast(Any, None), full=full)


def test_runs_without_findings_pass() -> None:
    tally = Tally(order(full=True))
    tally.add(0, [])
    tally.add(1, [])

    assert tally.outcome().passed
    assert tally.outcome().runs == 2


def test_a_finding_says_its_run() -> None:
    tally = Tally(order(full=True))
    tally.add(4, ["a gap"])
    tally.find("no port")

    assert tally.outcome().findings == ("run 4: a gap", "no port")


def test_many_findings_are_told_in_part() -> None:
    tally = Tally(order(full=True))
    tally.add(0, [str(k) for k in range(TOLD + 5)])

    assert len(tally.outcome().findings) == TOLD + 1
    assert tally.outcome().findings[-1] == "and 5 more findings"


def test_measures_become_quantiles_and_counts_stay() -> None:
    tally = Tally(order(full=True))
    for value in (1.0, 2.0, 3.0):
        tally.measure("seconds", value)
        tally.count("kills")

    assert dict(tally.outcome().figures) == {
        "kills": 3,
        "seconds p50": 2.0,
        "seconds p95": 3.0,
        "seconds max": 3.0,
    }


@pytest.mark.parametrize(
    ("full", "exact", "value", "passes"),
    [
        (True, False, 5.0, True),
        (True, False, 5.1, False),
        (False, False, 5.1, True),
        (False, False, 5.1 * SLACK, False),
        (False, True, 5.1, False),
    ],
)
def test_a_limit_has_slack_in_the_short_form_unless_it_is_exact(
    full: bool, exact: bool, value: float, passes: bool
) -> None:
    tally = Tally(order(full=full))
    tally.measure("seconds", value)
    tally.limit("seconds", 5.0, exact=exact)

    assert tally.outcome().passed is passes


def test_a_limit_on_nothing_measured_passes() -> None:
    tally = Tally(order(full=True))
    tally.limit("seconds", 5.0)

    assert tally.outcome().passed


def test_the_same_seed_and_run_give_the_same_choices() -> None:
    assert order(full=True).chance(3).random() == order(full=False).chance(3).random()
    assert order(full=True).chance(3).random() != order(full=True).chance(4).random()
