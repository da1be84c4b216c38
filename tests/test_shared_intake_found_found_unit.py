"""Found: what a reader gives beside the images."""

from __future__ import annotations

import numpy as np

from shared.intake.found import Found


def test_only_images_and_their_layout_need_be_known() -> None:
    found = Found(lambda: iter([np.zeros((1, 2, 2), np.uint8)]), "an array")
    assert (found.count, found.labels, found.classes, found.names) == (None, None, (), ())
    assert not found.warnings


def test_each_has_warnings_of_its_own() -> None:
    first, second = (Found(lambda: iter(()), "an array") for _ in range(2))
    first.warnings.append("converted")
    assert not second.warnings
