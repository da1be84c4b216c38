"""Processors are counted as far as they may be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared import processors as counting
from shared.processors import processors, time_share


@pytest.mark.parametrize(
    ("files", "share"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu/cpu.cfs_quota_us": "50000\n"}, None),
        ({"cpu.max": "100000 0\n"}, None),
        ({"cpu.max": "something else\n"}, None),
        ({}, None),
    ],
)
def test_a_containers_share_of_time_is_read(
    tmp_path: Path, files: dict[str, str], share: float | None
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert time_share(tmp_path) == share


@pytest.mark.parametrize(
    ("allowed", "quota", "count"),
    [
        (8, "max", 8),
        (8, "250000", 3),
        (8, "20000", 1),
        (2, "400000", 2),
    ],
)
def test_the_smaller_of_processors_and_share_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, quota: str, count: int
) -> None:
    (tmp_path / "cpu.max").write_text(f"{quota} 100000\n")
    monkeypatch.setattr(counting, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)))
    assert processors() == count


def test_here_there_is_at_least_one() -> None:
    assert 1 <= processors() <= len(os.sched_getaffinity(0))
