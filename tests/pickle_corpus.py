"""Some 390 pickles in twelve families, each with what must come of it."""

from __future__ import annotations

from pickle_attacks import ATTACKS
from pickle_case import MARKER, Case
from pickle_others import OTHERS
from pickle_tricks import TRICKS

__all__ = ["CORPUS", "MARKER", "VALID", "Case"]

CORPUS: tuple[Case, ...] = (*ATTACKS, *TRICKS, *OTHERS)
VALID = tuple(case for case in CORPUS if case.outcome == "valid")
