"""Entries on disk until their thresholds are known."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from image_samples import encoded, picture

from consumer.metadata.describe import describe_image, unreadable
from consumer.metadata.model import Entry
from consumer.metadata.spool import Spool
from shared.errors import DataError, StoreError


def test_what_was_kept_comes_back_in_its_order() -> None:
    entries: list[Entry] = [
        describe_image(encoded(picture(), "PNG"), "a.png"),
        unreadable("b\n.png", DataError("odd")),
    ]
    with Spool() as spool:
        for entry in entries:
            spool.add(entry)
        assert list(spool) == list(spool) == entries


@pytest.mark.parametrize("size", [9, 99_000])
def test_a_full_disk_is_one_error_whenever_it_is_noticed(size: int) -> None:
    with open("/dev/full", "r+", encoding="utf-8", buffering=4096) as full:
        with (
            pytest.raises(StoreError, match="cannot keep the entries at .*: got No space left"),
            Spool(full) as spool,
        ):
            spool.add(unreadable("x" * size, DataError("odd")))
            list(spool)


def test_it_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spool() as spool:
        spool.add(unreadable("x", DataError("odd")))
        assert not list(tmp_path.iterdir())
