"""Tests of faults.mutation.pairs_of."""

from __future__ import annotations

from pathlib import Path

from faults.mutation import Mutant, pairs_of

MUTANTS = [Mutant(Path(name), name, (name,)) for name in "abcd"]


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert pairs_of(MUTANTS, 3, 1) == pairs_of(MUTANTS, 3, 1)
    assert len(set(pairs_of(MUTANTS, 3, 1))) == 3


def test_there_are_not_more_pairs_than_there_are() -> None:
    assert len(pairs_of(MUTANTS, 100, 1)) == 6
    assert not pairs_of(MUTANTS[:1], 100, 1)
