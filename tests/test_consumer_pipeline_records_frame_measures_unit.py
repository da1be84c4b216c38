"""FrameMeasures: cut as the frames are that they are of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from consumer_parts import results
from quality_parts import measured, rows

from consumer.pipeline.records import FrameMeasures


def test_a_part_of_a_batch_has_the_measures_of_its_frames() -> None:
    values = rows(6)
    part = measured(values, first=10, blank={2}).part(1, 4)
    assert part.measures is not None
    assert part.measures.values.tolist() == values[1:4].tolist()
    assert part.measures.blank.tolist() == [False, True, False]


def test_a_part_of_a_batch_without_measures_has_none() -> None:
    assert results(0, [0, 1]).part(0, 1).measures is None


def test_they_cannot_be_changed() -> None:
    measures = FrameMeasures(rows(1), np.zeros(1, np.bool_))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(measures, "blank", None)
