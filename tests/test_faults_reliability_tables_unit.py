"""Tests of faults.reliability.tables."""

from __future__ import annotations

from typing import Any

from faults.catalogue import SCENARIOS
from faults.reliability import tables


def played(**values: Any) -> dict[str, Any]:
    """An entry as it is kept."""
    return {
        "runs": 3,
        "findings": [],
        "figures": {"kills": 2},
        "skipped": "",
        "seed": 7,
        "full": True,
        "seconds": 1.5,
        "machine": "2 cores",
        **values,
    }


def test_every_scenario_has_a_row_whether_it_was_played_or_not() -> None:
    text = tables({"F1": played()})

    rows = [line for line in text.splitlines() if line.startswith("| F")]
    assert len(rows) == len(SCENARIOS)
    assert rows[0].endswith("| 3 | pass | kills 2 | 7 |")
    assert rows[1].endswith("|  | not played |  |  |")


def test_a_failure_and_a_skipped_scenario_say_why() -> None:
    text = tables({"F1": played(findings=["run 1: a | gap"]), "F2": played(skipped="no strace")})

    assert "FAIL: run 1: a \\| gap" in text
    assert "skipped: no strace" in text


def test_what_the_host_took_is_told_where_it_is_much() -> None:
    text = tables({"F1": played(stolen=0.2), "F2": played(stolen=0.01)})

    first, second = (line for line in text.splitlines() if line.startswith(("| F1 ", "| F2 ")))
    assert "kills 2; the host gave 20% of the processors' time to others" in first
    assert "the host" not in second


def test_the_machine_and_the_soak_are_told() -> None:
    text = tables({"F1": played(), "S1": played(frames=360_000)})

    assert "Played on: 2 cores." in text
    assert "Soak (S1): 360,000 frames in 1.5 s, seed 7: pass." in text
    assert "| kills | 2 |" in text


def test_without_results_the_tables_say_so() -> None:
    text = tables({})

    assert "no machine yet" in text
    assert "The soak has not been played." in text
