"""Manifest says what a recording is, within its limits."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from recording_parts import MANIFEST

from shared.recording.manifest import MAX_PIXEL_BYTES, Manifest


def test_it_tells_how_many_bytes_follow_the_header() -> None:
    # Shape, time, index, label, confidence and reason of a frame are 6 + 8 + 4 + 2 + 4 + 1 bytes.
    assert Manifest(**MANIFEST).data_bytes == 120 + 10 * 25


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frames", 0),
        ("frames", 2_000_001),
        ("pixel_bytes", MAX_PIXEL_BYTES + 1),
        ("shape", (0, 4, 1)),
        ("shape", (3, 4097, 1)),
        ("t0_ns", -1),
        ("t0_ns", 2**63),
        ("reasons", ("Not a code",)),
        ("reasons", ("r",) * 65),
        ("digest", "0"),
        ("fps", float("inf")),
        ("version", 2),
        ("unknown", 1),
    ],
)
def test_a_figure_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Manifest(**{**MANIFEST, name: value})
