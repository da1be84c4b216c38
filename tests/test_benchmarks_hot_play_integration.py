"""The benchmark of the analyst's loop on a few frames."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from benchmarks.hot import Meter, collecting, play
from benchmarks.quality import received
from producer.datasets.builtin import builtin_frames


@pytest.fixture
def same_collector_after() -> Iterator[None]:
    """Let the garbage collector be as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("same_collector_after")
@pytest.mark.parametrize("batch", [1, 8])
def test_the_parts_of_the_time_are_no_more_than_the_whole(batch: int) -> None:
    frames = [received(k, image) for k, image in enumerate(builtin_frames(20, seed=0).stack)]
    figures = play(frames, batch=batch)
    shares = [figures[f"{name}_share"] for name in ("network", "judging", "quality")]
    assert all(share > 0 for share in shares)
    assert sum(shares) < 1
    assert figures["us"] > 0


def test_a_collection_is_seen_with_its_pause() -> None:
    with collecting() as collections:
        gc.collect()
    assert len(collections.pauses) >= 1
    assert max(collections.pauses) > 0
    assert collections not in gc.callbacks


def test_the_time_of_a_function_that_fails_counts_too() -> None:
    meter = Meter()

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        meter.of(fail)()
    assert meter.seconds > 0
