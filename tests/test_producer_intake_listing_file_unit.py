"""File: its parts and whether it is an image."""

from __future__ import annotations

import pytest

from producer.intake.listing import File


@pytest.mark.parametrize(
    ("name", "is_image"),
    [
        ("a.png", True),
        ("b/a.JPEG", True),
        ("b.mpo", True),
        ("a.txt", False),
        ("png", False),
        ("a.png.txt", False),
    ],
)
def test_images_are_known_by_their_names(name: str, is_image: bool) -> None:
    assert File(name, 1, 2).is_image is is_image


def test_the_parts_are_its_folders_and_its_name() -> None:
    assert File("a/b c/d.png", 1, 2).parts == ("a", "b c", "d.png")
