"""Tests of how strong each way to corrupt images is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import get_args

import numpy as np
import pytest

from consumer.classifier.corruptions import (
    CORRUPTIONS,
    KINDS,
    SEVERITIES,
    Change,
    Corruption,
    corrupt,
)


def _picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A bright slope on black, with a dark hole off the middle."""
    image = np.zeros((28, 28), np.uint8)
    image[4:22, 6:24] = np.arange(90, 234, 8)[None, :]
    image[8:12, 8:14] = 40
    return np.stack([image] * 4)


def test_every_kind_has_its_change() -> None:
    assert KINDS == get_args(Corruption)
    assert set(CORRUPTIONS) == set(KINDS)
    assert all(change.what and change.unit for change in CORRUPTIONS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_greater_severity_changes_more(kind: Corruption) -> None:
    images = _picture()
    changes = [
        np.abs(corrupt(images, kind, severity, 3).astype(int) - images).mean()
        for severity in SEVERITIES
    ]
    assert changes[0] > 0
    assert changes == sorted(changes)
    assert changes[-1] > 1.5 * changes[0]


def test_a_change_stays_as_it_is() -> None:
    change = Change("nothing", "none", ((1,), (2,), (3,), (4,), (5,)), lambda images, *_: images)
    with pytest.raises(FrozenInstanceError):
        setattr(change, "unit", "some")
