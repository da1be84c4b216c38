"""Tests of faults.values.Stolen."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.values import Stolen


def _write(stat: Path, stolen: int, *, others: int) -> None:
    stat.write_text(f"cpu  {others} 0 0 0 0 0 0 {stolen} 5 6\ncpu0 1 1 1 1 1 1 1 1 1 1\n", "ascii")


def test_it_is_the_share_since_it_was_made(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    _write(stat, 1000, others=9000)
    stolen = Stolen(stat)
    _write(stat, 1050, others=9150)

    assert stolen.read() == pytest.approx(0.25)


def test_it_is_nothing_where_no_time_has_passed_or_the_kernel_does_not_tell(tmp_path: Path) -> None:
    stat = tmp_path / "stat"

    assert Stolen(stat).read() == 0.0
    _write(stat, 10, others=90)
    assert Stolen(stat).read() == 0.0
    stat.write_text("cpu  1 2 3 4\n", "ascii")
    assert Stolen(stat).read() == 0.0
