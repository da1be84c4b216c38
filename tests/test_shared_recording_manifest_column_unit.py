"""Column says how many bytes a frame takes."""

from __future__ import annotations

import numpy as np

from shared.recording.manifest import COLUMNS, Column


def test_each_column_knows_its_bytes() -> None:
    assert {column.name: column.frame_bytes for column in COLUMNS} == {
        "shapes": 6,
        "sent_ns": 8,
        "indices": 4,
        "labels": 2,
        "confidences": 4,
        "reasons": 1,
    }


def test_a_column_may_have_several_numbers_a_frame() -> None:
    assert Column("place", "F32", np.dtype("<f4"), 2).frame_bytes == 8
