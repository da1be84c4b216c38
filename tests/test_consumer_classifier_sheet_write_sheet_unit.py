"""A picture of images with captions."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from consumer.classifier.sheet import COLUMNS, write_sheet
from shared.errors import StoreError

GRAY = np.full((28, 28), 128, np.uint8)
RED = np.zeros((5, 9, 3), np.uint8)
RED[..., 0] = 255


@pytest.mark.parametrize(("count", "rows"), [(0, 1), (1, 1), (COLUMNS, 1), (COLUMNS + 1, 2)])
def test_it_grows_by_rows(tmp_path: Path, count: int, rows: int) -> None:
    write_sheet([GRAY] * count, ["a"] * count, tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (rows * 270, COLUMNS * 220, 3)


def test_images_are_seen_as_they_are(tmp_path: Path) -> None:
    write_sheet([GRAY, RED], ["gray\nönly", "$x$ " * 40], tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    colours = {tuple(colour) for colour in np.unique(sheet.reshape(-1, 3), axis=0).tolist()}
    # OpenCV gives blue first.
    assert {(128, 128, 128), (0, 0, 255)} <= colours


def test_the_same_images_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sheet([GRAY], ["x"], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_folder_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the file at .*: got No such file"):
        write_sheet([GRAY], ["x"], tmp_path / "none" / "x.png")
