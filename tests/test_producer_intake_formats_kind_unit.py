"""Kind: which kinds are folders, and which take long."""

from __future__ import annotations

from producer.intake.formats import Kind


def test_folders_are_told_from_files() -> None:
    folders = {kind for kind in Kind if kind.is_folder}
    assert folders == {Kind.FOLDER, Kind.TABLE, Kind.IDX_FOLDER}


def test_what_is_decoded_image_by_image_may_take_long() -> None:
    assert {kind for kind in Kind if kind.is_bulk} == {Kind.FOLDER, Kind.TABLE, Kind.VIDEO}
