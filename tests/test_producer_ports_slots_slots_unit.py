"""Slots counts connections in all and of each address, and forgets those that have gone."""

from __future__ import annotations

import random

import pytest

from producer.ports.slots import COURTESY, Slot, Slots

FULL = "too many connections"
SAME = "too many connections of one address"


def _take(slots: Slots, address: str) -> Slot:
    slot = slots.take(address)
    assert slot is not None
    return slot


def test_beyond_the_total_there_is_no_room() -> None:
    slots = Slots(3, 3)
    assert [_take(slots, f"10.0.0.{host}").refusal for host in range(5)] == ["", "", "", FULL, FULL]
    assert slots.taken == 3


def test_beyond_an_addresss_share_there_is_none_for_it() -> None:
    slots = Slots(9, 2)
    assert [_take(slots, "10.0.0.1").refusal for _ in range(3)] == ["", "", SAME]
    assert not _take(slots, "10.0.0.2").refusal


def test_who_goes_leaves_room_and_who_found_none_leaves_none() -> None:
    slots = Slots(9, 1)
    first, second = _take(slots, "10.0.0.1"), _take(slots, "10.0.0.1")
    slots.give_back(second)
    assert _take(slots, "10.0.0.1").refusal == SAME
    slots.give_back(first)
    assert not _take(slots, "10.0.0.1").refusal


def test_only_so_many_are_told_that_there_is_no_room() -> None:
    slots = Slots(1, 1)
    _take(slots, "10.0.0.1")
    told = [_take(slots, "10.0.0.1") for _ in range(COURTESY)]
    assert slots.take("10.0.0.2") is None
    slots.give_back(told[0])
    assert _take(slots, "10.0.0.2").refusal == FULL


@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("fe80::1%eth0", "fe80::1%eth0", True),
        ("unknown", "unknown", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, other: str, same: bool) -> None:
    slots = Slots(9, 1)
    _take(slots, address)
    assert bool(_take(slots, other).refusal) is same


def test_after_any_coming_and_going_nothing_is_left() -> None:
    chance = random.Random(4)
    slots = Slots(20, 5)
    inside: list[Slot] = []
    for _ in range(5000):
        if inside and chance.random() < 0.5:
            slots.give_back(inside.pop(chance.randrange(len(inside))))
        elif slot := slots.take(f"10.0.0.{chance.randrange(8)}"):
            inside.append(slot)
        assert slots.taken == sum(not slot.refusal for slot in inside) <= 20
    for slot in inside:
        slots.give_back(slot)
    assert slots.taken == 0
    assert [slots.take(f"10.0.1.{host}") for host in range(20)] == [
        Slot(f"10.0.1.{host}") for host in range(20)
    ]
