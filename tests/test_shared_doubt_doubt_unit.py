"""Doubt: the figures of a session's doubt, which must add up."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from shared.doubt import NOVEL, NOVELTY_BINS, Doubt, DoubtValue


def _histogram(**bins: int) -> tuple[int, ...]:
    return tuple(bins.get(f"b{k}", 0) for k in range(NOVELTY_BINS))


def test_it_says_how_many_frames_have_what() -> None:
    found = Doubt(
        frames=5,
        mean_set_size=2.25,
        set_sizes=(1, 2, 0, 1),
        novelty_histogram=_histogram(b0=3, b19=1),
    )
    assert isinstance(found, DoubtValue)
    assert (found.sets, found.novelties) == (4, 4)
    assert (found.coverage, found.novel) == (None, 0)


def test_novel_begins_where_a_bin_begins() -> None:
    assert (NOVEL * NOVELTY_BINS).is_integer()


@pytest.mark.parametrize(
    "fields",
    [
        {"frames": 0, "set_sizes": (1, 0, 0, 0)},
        {"frames": 1, "novelty_histogram": _histogram(b1=2)},
        {"frames": 3, "novelty_histogram": _histogram(b1=2), "novel": 3},
    ],
)
def test_figures_that_cannot_be_of_the_same_frames_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected at most . frames with sets and novelties"):
        Doubt(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"coverage": 1.5}, "coverage\n.*less than or equal to 1"),
        ({"mean_set_size": 1001.0}, "mean_set_size\n.*less than or equal to 1000"),
        ({"set_sizes": (0,) * 3}, "set_sizes\n.*at least 4 items"),
        ({"novelty_histogram": (0,) * 21}, "novelty_histogram\n.*at most 20 items"),
        ({"novel": -1}, "novel\n.*greater than or equal to 0"),
        ({"other": 1}, "other\n.*not permitted"),
    ],
)
def test_a_figure_out_of_its_range_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Doubt(frames=9, **fields)
