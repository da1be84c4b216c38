"""Tests of faults.reliability.page_with, and that the page holds the kept results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faults.catalogue import SCENARIOS
from faults.mutation import MUTANTS
from faults.reliability import BEGIN, END, PAGE, RESULTS, page_with, tables
from faults.results import read

ROOT = Path(__file__).parent.parent


def test_only_what_is_between_the_marks_changes() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert page_with(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="figures: begin"):
        page_with("before", "new")


def test_the_page_holds_the_kept_results() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    kept = ROOT / RESULTS

    assert page == page_with(page, tables(read(kept) if kept.exists() else {}))


def test_the_page_names_each_scenario_with_a_promise_that_it_holds() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    for scenario in SCENARIOS:
        for promise in scenario.promises:
            (row,) = re.findall(f"^\\| {promise} \\|.*$", page, re.MULTILINE)
            assert scenario.name in _names(row), f"{scenario.name}: promise {promise}"


def test_the_page_names_no_deliberate_bug_that_there_is_not() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    table = page.partition("## How")[0]
    there = {path.stem for path in MUTANTS.glob("*.patch")}

    assert set(re.findall("`([a-z]+(?:-[a-z0-9]+)+)`", table)) <= there


def test_the_page_names_each_deliberate_bug_with_what_it_breaks() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    promises = page.partition("## The promises")[2].partition("\n## ")[0]
    there = {path.stem for path in MUTANTS.glob("*.patch")}

    assert there
    assert not {name for name in there if f"`{name}`" not in promises}


def _names(row: str) -> set[str]:
    """The scenarios of a row, ranges spelt out."""
    names = set(re.findall(r"F\d+b?", row))
    for first, last in re.findall(r"F(\d+) to F(\d+)", row):
        names |= {f"F{k}" for k in range(int(first), int(last) + 1)}
    return names
