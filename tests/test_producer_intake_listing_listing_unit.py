"""Listing: sizes and choices of files."""

from __future__ import annotations

from producer.intake.listing import File, Listing

LISTING = Listing((File("a.png", 3, 0), File("A.CSV", 4, 0), File("b/c.csv", 5, 0)), ("b",))


def test_the_size_is_that_of_all_files() -> None:
    assert LISTING.size == 12


def test_images_are_chosen_by_name() -> None:
    assert [file.name for file in LISTING.images] == ["a.png"]


def test_top_leaves_sub_folders_out() -> None:
    assert [file.name for file in LISTING.top(".csv", ".tsv")] == ["A.CSV"]
