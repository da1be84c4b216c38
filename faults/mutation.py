"""``python -m faults.mutation``: shows that each deliberate bug turns a named test red.

A mutant is a patch under faults/mutants/ with a head that says what the bug is (``Bug:``) and, a
line each, which tests must turn red (``Caught-by:``). Each is applied to a copy of the tree of its
own, singly and some of them in pairs; one that does not apply any more is an error, and so is a
test that is red without it.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import structlog
import typer

from shared.logs import configure_logging

log = structlog.get_logger()

MUTANTS = Path(__file__).parent / "mutants"
PAIRS = 4
TESTS_FAILED = 1
"""What pytest ends with where tests were run and some failed; any other code proves nothing."""
TEST_S = 300.0
TOLD = 600


@dataclass(frozen=True, slots=True)
class Mutant:
    """One deliberate bug.

    Args:
        path: of its patch.
        bug: what it does, in words.
        caught_by: the tests that must turn red, as pytest names them.
    """

    path: Path
    bug: str
    caught_by: tuple[str, ...]


class MutantError(Exception):
    """A mutant cannot be used; the message says which and why."""


def read_mutant(path: Path) -> Mutant:
    """Read a patch with its head.

    Raises:
        MutantError: the head says no bug or no test.
    """
    head = path.read_text(encoding="utf-8").partition("\n--- ")[0].splitlines()
    bugs = [line.removeprefix("Bug:").strip() for line in head if line.startswith("Bug:")]
    tests = [
        line.removeprefix("Caught-by:").strip() for line in head if line.startswith("Caught-by:")
    ]
    if len(bugs) != 1 or not tests:
        raise MutantError(f"{path.name}: expected a line Bug: and lines Caught-by: in its head")
    return Mutant(path, bugs[0], tuple(tests))


def copy_tree(root: Path, target: Path) -> Path:
    """A copy of all files of a working tree that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = root / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target


def apply_mutants(mutants: Iterable[Mutant], tree: Path) -> None:
    """Put bugs into a tree.

    Raises:
        MutantError: one of them does not apply; the tree may hold the ones before.
    """
    for mutant in mutants:
        applied = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", str(mutant.path.absolute())],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.parent)},
        )
        if applied.returncode:
            raise MutantError(f"{mutant.path.name} does not apply: {applied.stderr.strip()}")


def run_tests(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests in a tree: what pytest ends with, -1 where it took too long, and its last words."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    try:
        ended = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, check=False, timeout=TEST_S
        )
    except subprocess.TimeoutExpired:
        return -1, f"not ended within {TEST_S:g} s"
    return ended.returncode, ended.stdout[-TOLD:]


def is_caught(root: Path, mutants: Sequence[Mutant]) -> bool:
    """Whether every named test of these bugs, of which all are put in at once, turns red.

    Of a pair, one red test is enough: the other's bug may be hidden behind the first.

    Raises:
        MutantError: they do not apply.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = copy_tree(root, Path(folder))
        apply_mutants(mutants, tree)
        tests = [test for mutant in mutants for test in mutant.caught_by]
        red = (run_tests(tree, [test])[0] == TESTS_FAILED for test in tests)
        return all(red) if len(mutants) == 1 else any(red)


def pairs_of(mutants: Sequence[Mutant], count: int, seed: int) -> list[tuple[Mutant, Mutant]]:
    """Some pairs, the same for the same seed."""
    pairs = list(itertools.combinations(mutants, 2))
    return random.Random(seed).sample(pairs, min(count, len(pairs)))


def main(
    names: Annotated[list[str] | None, typer.Argument(help="Patches by name; all of them.")] = None,
    pairs: Annotated[int, typer.Option(help="How many pairs, too.", min=0)] = PAIRS,
    seed: Annotated[int, typer.Option(envvar="REPRO_SEED", help="Which pairs.", min=0)] = 0,
) -> None:
    """Show that each deliberate bug is caught; ends with 1 if one is not."""
    configure_logging()
    root = MUTANTS.parent.parent
    chosen = [path for path in sorted(MUTANTS.glob("*.patch")) if not names or path.stem in names]
    try:
        mutants = [read_mutant(path) for path in chosen]
        ok = _are_green(root, mutants)
        singles = [(mutant,) for mutant in mutants]
        for group in [*singles, *([] if names else pairs_of(mutants, pairs, seed))]:
            ok &= _show(root, group)
    except MutantError as error:
        log.error("mutant-unusable", reason=str(error))
        sys.exit(1)
    sys.exit(int(not ok))


def _are_green(root: Path, mutants: Sequence[Mutant]) -> bool:
    """Without any bug, every named test is green."""
    tests = sorted({test for mutant in mutants for test in mutant.caught_by})
    with tempfile.TemporaryDirectory() as folder:
        code, words = run_tests(copy_tree(root, Path(folder)), tests)
    if code:
        log.error("tests-not-green", code=code, words=words)
    return code == 0


def _show(root: Path, group: Sequence[Mutant]) -> bool:
    bugs = [mutant.bug for mutant in group]
    try:
        caught = is_caught(root, group)
    except MutantError as error:
        if len(group) == 1:
            raise
        # Two bugs in the same lines exclude each other.
        log.info("pair-excluded", bugs=bugs, reason=str(error))
        return True
    tell = log.info if caught else log.error
    tell(
        "caught" if caught else "survived",
        mutants=[mutant.path.stem for mutant in group],
        bugs=bugs,
    )
    return caught


if __name__ == "__main__":
    typer.run(main)
