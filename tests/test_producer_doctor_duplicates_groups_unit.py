"""Groups: images that are the same, group after group."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.duplicates import Groups
from producer.doctor.finding import EXAMPLES


def test_members_and_spare_images() -> None:
    groups = Groups(np.array([1, 4, 7, 2, 3]), np.array([0, 3]))
    assert (len(groups), groups.examples) == (2, ((1, 4, 7), (2, 3)))
    assert groups.spare.tolist() == [3, 4, 7]


def test_examples_are_few_however_many_there_are() -> None:
    large = parts.groups(tuple(range(500_000)))
    assert large.examples == (tuple(range(EXAMPLES)),)
    many = parts.groups(*((2 * k, 2 * k + 1) for k in range(EXAMPLES + 1)))
    assert many.examples == tuple((2 * k, 2 * k + 1) for k in range(EXAMPLES))


@pytest.mark.parametrize(
    ("labels", "split"),
    [
        ([0, 0, 0, 1, 1], ()),
        ([0, 0, 1, 1, 1], ((0, 1, 2),)),
        ([0, 0, 0, 1, 0], ((3, 4),)),
        ([2, 0, 0, 1, 0], ((0, 1, 2), (3, 4))),
    ],
)
def test_groups_of_which_the_labels_differ(
    labels: list[int], split: tuple[tuple[int, ...], ...]
) -> None:
    found = parts.groups((0, 1, 2), (3, 4)).split(np.array(labels))
    assert found.examples == split


def test_no_groups_are_none() -> None:
    none = parts.groups()
    assert (len(none.split(np.zeros(3, np.int64))), none.examples, len(none.spare)) == (0, (), 0)
