"""Every scenario of the fault catalogue in its short form, on real services.

The seed is drawn anew each time and stands in every failure; ``REPRO_SEED=n`` plays it again.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from faults.catalogue import SCENARIOS, Scenario, play
from faults.nursery import Nursery
from faults.values import Order, Outcome

# Read at import: fixtures of other tests may change the environment.
SEED = int(os.environ.get("REPRO_SEED", secrets.randbelow(2**31)))
AT_ONCE = 3
"""Most of them wait most of the time."""


@pytest.fixture(scope="module", name="outcomes")
def _outcomes(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[str, Future[Outcome]]]:
    """What comes of each scenario that is asked for, a few of them played at a time."""
    folder = tmp_path_factory.mktemp("faults")
    wanted = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    nursery = Nursery()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="faults") as pool:
        yield {
            scenario.name: pool.submit(play, scenario, _order(scenario, folder, nursery))
            for scenario in SCENARIOS
            if scenario.name in wanted
        }
    nursery.close()


def _order(scenario: Scenario, folder: Path, nursery: Nursery) -> Order:
    return Order(
        runs=scenario.short, seed=SEED, folder=folder / scenario.name, nursery=nursery, full=False
    )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_must_come_out_comes_out(
    scenario: Scenario, outcomes: dict[str, Future[Outcome]]
) -> None:
    outcome = outcomes[scenario.name].result()

    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.passed, f"REPRO_SEED={SEED}: {scenario.title}: {outcome.findings}"
