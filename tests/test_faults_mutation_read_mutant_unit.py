"""Tests of faults.mutation.read_mutant, and of the heads of the patches that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.mutation import MUTANTS, MutantError, read_mutant

ROOT = Path(__file__).parent.parent
ENOUGH = 12


def test_the_head_says_the_bug_and_its_tests(tmp_path: Path) -> None:
    path = tmp_path / "x.patch"
    path.write_text("Bug: it sleeps\nCaught-by: tests/a.py\nCaught-by: tests/b.py\n\n--- a/x\n")

    mutant = read_mutant(path)

    assert mutant.bug == "it sleeps"
    assert mutant.caught_by == ("tests/a.py", "tests/b.py")


@pytest.mark.parametrize("head", ["Bug: x\n", "Caught-by: x\n", "", "Bug: x\nBug: y\nCaught-by: z"])
def test_a_head_without_bug_or_tests_is_refused(tmp_path: Path, head: str) -> None:
    path = tmp_path / "x.patch"
    path.write_text(f"{head}\n--- a/x\nBug: not here\nCaught-by: nor here\n")

    with pytest.raises(MutantError, match=r"x\.patch"):
        read_mutant(path)


def test_there_are_enough_bugs_and_their_tests_are_there() -> None:
    mutants = [read_mutant(path) for path in MUTANTS.glob("*.patch")]

    assert len(mutants) >= ENOUGH
    for mutant in mutants:
        for test in mutant.caught_by:
            assert (ROOT / test.partition("::")[0]).exists(), f"{mutant.path.name}: {test}"
