"""Tests of faults.disks.Disk."""

from __future__ import annotations

import random

import pytest

from faults.calls import Sync, Truncate, Unlink, Write
from faults.disks import SECTOR, Cut, Disk

PATH = "/d/file"
CHANCE = random.Random(0)


def disk_of(*calls: Write | Truncate | Sync | Unlink) -> Disk:
    """A disk after these calls."""
    disk = Disk()
    for call in calls:
        disk.apply(call)
    return disk


@pytest.mark.parametrize("cut", list(Cut))
def test_what_was_synced_survives_every_cut(cut: Cut) -> None:
    disk = disk_of(Write(PATH, 0, b"abc"), Write(PATH, 5, b"xy"), Sync(PATH))

    assert disk.after(cut, CHANCE) == {PATH: b"abc\0\0xy"}


def test_lost_writes_leave_the_file_as_it_was_synced() -> None:
    disk = disk_of(Write(PATH, 0, b"abc"), Sync(PATH), Write(PATH, 1, b"ZZZZ"), Truncate(PATH, 0))

    assert disk.after(Cut.LOST, CHANCE) == {PATH: b"abc"}


def test_a_file_that_was_never_synced_may_not_be_there() -> None:
    assert not disk_of(Write(PATH, 0, b"abc")).after(Cut.LOST, CHANCE)


def test_any_of_the_reordered_writes_may_arrive_without_those_before() -> None:
    disk = disk_of(Write(PATH, 0, b"a"), Sync(PATH), Write(PATH, 0, b"b"), Write(PATH, 1, b"c"))
    seen = {disk.after(Cut.REORDERED, random.Random(k))[PATH] for k in range(50)}

    assert seen == {b"a", b"b", b"ac", b"bc"}


def test_a_torn_write_ends_with_a_whole_sector() -> None:
    page = b"x" * (4 * SECTOR)
    disk = disk_of(Write(PATH, 0, b""), Sync(PATH), Write(PATH, 0, page))
    sizes = {len(disk.after(Cut.TORN, random.Random(k))[PATH]) for k in range(60)}

    assert sizes == {k * SECTOR for k in range(5)}


def test_an_unlinked_file_is_gone_for_certain_when_its_folder_was_synced() -> None:
    disk = disk_of(Write(PATH, 0, b"a"), Sync(PATH), Unlink(PATH))

    assert disk.after(Cut.LOST, CHANCE) == {PATH: b"a"}

    disk.apply(Sync("/d"))

    assert not disk.after(Cut.LOST, CHANCE)


def test_a_name_can_be_taken_again() -> None:
    disk = disk_of(
        Write(PATH, 0, b"old"), Sync(PATH), Unlink(PATH), Write(PATH, 0, b"n"), Sync(PATH)
    )

    assert disk.after(Cut.LOST, CHANCE) == {PATH: b"n"}


def test_a_file_is_cut_or_grows_to_its_new_size() -> None:
    disk = disk_of(Write(PATH, 0, b"abc"), Truncate(PATH, 1), Truncate(PATH, 3), Sync(PATH))

    assert disk.after(Cut.LOST, CHANCE) == {PATH: b"a\0\0"}
