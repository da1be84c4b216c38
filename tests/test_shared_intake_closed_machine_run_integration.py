"""Mutants of good pickles: each is refused or read as the stock pickle reads it.

The seed is drawn anew each time and stands in every failure; ``REPRO_SEED=n`` plays it again, and
``FUZZ_EXAMPLES`` says how many mutants there are.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from pickle_fuzz import fuzz, mutant, outcome

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5000"))
REPLAY = os.environ.get("REPRO_SEED")
MEMORY = 2**28
ROOT = Path(__file__).parent.parent


def fuzzed(first: int, count: int) -> subprocess.CompletedProcess[str]:
    """Try mutants in a process of limited memory and time."""
    script = str(Path(__file__).with_name("pickle_fuzz.py"))
    places = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.run(
        [sys.executable, script, str(first), str(count), str(MEMORY)],
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        timeout=60 + count / 50,
        check=False,
    )


def test_mutants_are_refused_or_read_as_the_stock_pickle_reads_them() -> None:
    if REPLAY is not None:
        assert outcome(mutant(int(REPLAY))) in ("refused", "useless", "valid")
        return
    first = secrets.randbelow(2**31)
    done = fuzzed(first, EXAMPLES)
    assert done.returncode == 0, f"from REPRO_SEED={first} on: {done.stderr[-2000:]}"
    counts = dict(word.split("=") for word in done.stdout.split())
    assert sum(map(int, counts.values())) == EXAMPLES
    assert {"refused", "valid"} <= set(counts), "the mutants are too tame or too wild to tell"


def test_a_failure_names_its_seed() -> None:
    def judge(data: bytes) -> str:
        assert data != mutant(8), "wrong"
        return "refused"

    with pytest.raises(AssertionError, match="REPRO_SEED=8: .*wrong"):
        fuzz(range(5, 12), judge)


def test_the_long_fuzz_of_the_makefile_is_this_one() -> None:
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"FUZZ_EXAMPLES=200000 $(BIN)/pytest --quiet tests/{Path(__file__).name}\n" in rules
