"""Tests of faults.results.keep."""

from __future__ import annotations

from pathlib import Path

from faults.results import entry, keep, read
from faults.values import Outcome, Stolen, Watch


def test_entries_are_added_and_replaced_by_name(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    first = entry(Outcome(1, ("a gap",), {"kills": 1}), 7, Watch(), Stolen(), full=True)
    second = entry(Outcome(2, (), {"kills": 2}), 8, Watch(), Stolen(), full=False)

    keep(path, "F1", first)
    keep(path, "F2", first)
    keep(path, "F1", second)

    assert read(path) == {"F1": second, "F2": first}
    assert first["findings"] == ["a gap"]
    assert "Python" in first["machine"]
