"""contact_sheet: every picture whole, five in a row."""

from __future__ import annotations

import numpy as np
import pytest

from consumer.results.drawing import MARGIN, Image, contact_sheet


def _pictures(count: int) -> list[Image]:
    return [np.full((20 + 3 * k, 60 - 2 * k, 3), 10 * k + 1, np.uint8) for k in range(count)]


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 5, 1), (6, 5, 2), (10, 5, 2)]
)
def test_all_pictures_are_there_whole_and_in_order(count: int, columns: int, rows: int) -> None:
    pictures = _pictures(count)
    sheet = contact_sheet(pictures)
    height, width = pictures[-1].shape[0] + MARGIN, pictures[0].shape[1] + MARGIN
    assert sheet.shape == (rows * height + MARGIN, columns * width + MARGIN, 3)
    for place, picture in enumerate(pictures):
        found = np.argwhere((sheet == picture[0, 0]).all(axis=2))
        (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0)
        assert len(found) == picture.shape[0] * picture.shape[1]
        assert (bottom - top + 1, right - left + 1) == picture.shape[:2]
        assert (top // height, left // width) == divmod(place, 5)
