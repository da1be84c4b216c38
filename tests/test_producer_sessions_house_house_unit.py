"""House and Clock are what the sessions of a producer share."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from fake_ledger import FakeLedger
from producer_parts import image_set

from producer.metrics import Metrics
from producer.sessions.chaos import ChaosSpec
from producer.sessions.house import Clock, House


def _house() -> House:
    clock = Clock(monotonic=lambda: 1.5, unix_ns=lambda: 10**18)
    return House(image_set(), "six.pickle", FakeLedger().real, Metrics(lambda: 0), clock)


def test_a_house_makes_no_faults_and_has_no_times_unless_it_is_told_so() -> None:
    house = _house()
    assert (house.chaos, house.seed, house.offsets_s) == (ChaosSpec(), 0, None)
    assert (house.clock.monotonic(), house.clock.unix_ns()) == (1.5, 10**18)


def test_house_and_clock_cannot_be_changed() -> None:
    house = _house()
    with pytest.raises(FrozenInstanceError):
        house.seed = 1  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        house.clock.unix_ns = lambda: 0  # type: ignore[misc]
