"""Tests of ``python -m faults``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services import log_lines

from faults.results import read


def faults(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "faults", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_scenario_that_there_is_not_is_an_error_that_names_those_that_there_are() -> None:
    ended = faults("F999")

    assert ended.returncode == 2
    assert "F999" in ended.stderr
    assert "F1" in ended.stderr


def test_what_comes_of_a_scenario_is_told_with_its_seed_and_kept(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    ended = faults("F21", "--runs", "1", "--seed", "3", "--json", str(kept))

    assert ended.returncode == 0
    (line,) = log_lines(ended.stderr)
    assert (line["event"], line["name"], line["seed"]) == ("passed", "F21", 3)
    assert read(kept)["F21"]["runs"] == 1
