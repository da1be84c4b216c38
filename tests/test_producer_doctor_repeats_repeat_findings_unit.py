"""repeat_findings: what it means that images are there more than once."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.near import NearDuplicates
from producer.doctor.repeats import repeat_findings


def near(pairs: list[list[int]], *, is_capped: bool = False) -> NearDuplicates:
    """Pairs that are nearly the same."""
    count = len(pairs)
    return NearDuplicates(
        np.array(pairs, np.int64).reshape(count, 2),
        np.zeros(count, np.int64),
        np.zeros(count),
        is_capped,
    )


def test_nothing_repeated_is_nothing_to_say() -> None:
    assert not repeat_findings(9, parts.groups(), near([]))


@pytest.mark.parametrize(("count", "level"), [(300, "warning"), (301, "note")])
def test_exact_duplicates_are_a_warning_from_one_percent_on(count: int, level: str) -> None:
    found = repeat_findings(count, parts.groups((1, 4, 7), (2, 3)), near([]))
    assert [(finding.code, finding.level, finding.count) for finding in found] == [
        ("duplicates", level, 3)
    ]
    assert found[0].message == (
        "2 pictures more than once, pixel for pixel: 3 images could be dropped"
    )
    assert found[0].examples == (1, 4, 7, 2, 3)


def test_near_duplicates_and_a_limit_are_notes() -> None:
    found = repeat_findings(2, parts.groups(), near([[0, 1]], is_capped=True))
    assert [(finding.code, finding.level) for finding in found] == [
        ("near-duplicates", "note"),
        ("near-capped", "note"),
    ]
