"""Wanted: the name of an entry, and what fits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from intake_parts import MANIFEST, WANTED

from producer.intake.cache import Wanted
from producer.intake.formats import Kind
from shared.intake.limits import Limits


@pytest.mark.parametrize(
    ("layout", "end"),
    [
        (None, ""),
        ("NCHW", "-NCHW"),
        ("images=a,labels=b", "-images=a,labels=b"),
        ("../../etc", "-4ae0a4bbd4ef4e49"),
        ("x" * 61, "-de3b5f6bd9ba6af9"),
        ("\udcff", "-8a8de823d5ed3e12"),
    ],
)
def test_the_key_is_a_plain_name(layout: str | None, end: str) -> None:
    key = Wanted("here", Kind.NPY, 5, "0" * 64, layout).key
    assert key.startswith(f"5-{'0' * 64}") and "/" not in key and key.isascii()
    assert (key == f"5-{'0' * 64}") is (layout is None)
    assert len(key) <= 66 + max(len(end), 61)
    if end and layout is not None and layout.isalnum() and len(layout) < 60:
        assert key.endswith(end)


def test_only_data_of_the_same_kind_content_and_layout_fits() -> None:
    assert WANTED.fits(MANIFEST)
    for changed in (
        {"kind": Kind.PICKLE},
        {"bytes": 1},
        {"sha256": "1" * 64},
        {"asked_layout": "NHW"},
    ):
        assert not WANTED.fits(MANIFEST.model_copy(update=changed))


def test_what_was_converted_within_wider_limits_does_not_fit() -> None:
    within = Limits(file_bytes=50, pixel_bytes=50, images=50)
    manifest = MANIFEST.model_copy(update={"limits": within})
    for limits, fits in (
        (within, True),
        (Limits(), True),
        (replace(within, seconds=1.0, memory_bytes=1), True),
        (replace(within, file_bytes=49), False),
        (replace(within, pixel_bytes=49), False),
        (replace(within, images=49), False),
    ):
        assert replace(WANTED, limits=limits).fits(manifest) is fits
