"""importing: the collector rests while modules are imported, and never visits them later."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from shared.command import COLLECT_AT, importing


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_the_collector_rests_meanwhile_and_works_afterwards() -> None:
    with importing():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_threshold() == COLLECT_AT


def test_what_was_made_meanwhile_is_not_visited_later() -> None:
    before = gc.get_freeze_count()
    with importing():
        kept = [[number] for number in range(1000)]
    assert gc.get_freeze_count() >= before + len(kept)


def test_an_import_that_fails_leaves_the_collector_at_work() -> None:
    with pytest.raises(ModuleNotFoundError), importing():
        raise ModuleNotFoundError("no such module")
    assert gc.isenabled()
