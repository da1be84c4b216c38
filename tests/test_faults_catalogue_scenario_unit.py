"""Tests of faults.catalogue.Scenario: the catalogue names what there is."""

from __future__ import annotations

import pytest

from faults.catalogue import SCENARIOS, Scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_names_a_function_that_plays_it(scenario: Scenario) -> None:
    assert (scenario.scene().__doc__ or "").startswith(f"{scenario.name}: ")


def test_no_name_is_given_twice_and_each_holds_a_promise() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS)
    assert all(scenario.promises for scenario in SCENARIOS)
    assert all(scenario.short >= 1 for scenario in SCENARIOS)
