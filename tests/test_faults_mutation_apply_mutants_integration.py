"""Tests of faults.mutation.apply_mutants."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.mutation import MUTANTS, Mutant, MutantError, apply_mutants, copy_tree, read_mutant

ROOT = Path(__file__).parent.parent
PATCH = """Bug: x
Caught-by: y

--- a/code.py
+++ b/code.py
@@ -1,2 +1,2 @@
 one
-two
+three
"""


def mutant_of(folder: Path) -> Mutant:
    """The mutant of PATCH."""
    path = folder / "x.patch"
    path.write_text(PATCH)
    return read_mutant(path)


def test_a_patch_changes_the_tree(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("one\ntwo\n")
    apply_mutants([mutant_of(tmp_path)], tmp_path)

    assert (tmp_path / "code.py").read_text() == "one\nthree\n"


def test_a_patch_that_does_not_apply_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("one\nfour\n")

    with pytest.raises(MutantError, match=r"x\.patch does not apply"):
        apply_mutants([mutant_of(tmp_path)], tmp_path)


@pytest.mark.parametrize("path", sorted(MUTANTS.glob("*.patch")), ids=lambda path: path.stem)
def test_every_deliberate_bug_applies_to_the_code_as_it_is(path: Path, tmp_path: Path) -> None:
    mutant = read_mutant(path)
    changed = [line[6:] for line in path.read_text().splitlines() if line.startswith("--- a/")]
    for name in changed:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())

    apply_mutants([mutant], tmp_path)

    assert changed
    assert all((tmp_path / name).read_bytes() != (ROOT / name).read_bytes() for name in changed)


def test_the_copy_has_the_code_and_not_what_git_ignores(tmp_path: Path) -> None:
    copy = copy_tree(ROOT, tmp_path)

    assert (copy / "faults/mutation.py").exists()
    assert not (copy / ".venv").exists()
