"""Tests of faults.catalogue.play, with scenarios of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from faults import catalogue
from faults.catalogue import SCENARIOS, Scenario, play
from faults.values import FaultError, NotPossible, Order, Outcome

ORDER = Order(runs=1, seed=1, folder=Path("nowhere"), nursery=cast(Any, None))


def played(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> Outcome:
    """What comes of a scenario that raises this, or passes."""

    class Module:
        """In the place of the scenarios."""

        @staticmethod
        def scene(order: Order) -> Outcome:
            """Raise, or pass."""
            if error is not None:
                raise error
            return Outcome(order.runs, (), {})

    monkeypatch.setattr(catalogue, "import_module", lambda _: Module)
    first = SCENARIOS[0]
    return play(
        Scenario("X", first.title, first.passes, (1,), short=1, full=1, place="any:scene"), ORDER
    )


def test_an_outcome_is_what_the_scenario_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(monkeypatch, None) == Outcome(1, (), {})


def test_what_is_not_possible_here_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = played(monkeypatch, NotPossible("no strace"))

    assert outcome.skipped == "no strace"
    assert outcome.passed


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (FaultError("no event serving"), "FaultError: no event serving"),
        (KeyError("x"), "KeyError in scene, line "),
    ],
)
def test_whatever_is_raised_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, error: Exception, finding: str
) -> None:
    outcome = played(monkeypatch, error)

    assert not outcome.passed
    assert outcome.findings[0].startswith(finding)
