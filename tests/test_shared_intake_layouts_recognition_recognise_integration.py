"""recognise with the real decoder of image files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from layout_parts import COLOUR, GRAY
from numpy.typing import NDArray

from shared.errors import DataError
from shared.imaging.decode import decode_image
from shared.intake.layouts.recognition import recognise


def decode(data: bytes, where: str) -> NDArray[np.uint8]:
    """The decoder as readers pass it on."""
    return decode_image(data, where=where)


def png(image: NDArray[np.uint8]) -> bytes:
    """A PNG file of an image in RGB order."""
    is_written, data = cv2.imencode(".png", image[..., ::-1] if image.ndim == 3 else image)
    assert is_written
    return data.tobytes()


def test_png_files_in_rows_become_images_of_their_sizes() -> None:
    rows = [{"image": {"bytes": png(image)}, "label": "cat"} for image in (GRAY[0], COLOUR[0])]
    found = recognise(rows, where="f", decode=decode)
    gray, colour = found.blocks()
    np.testing.assert_array_equal(gray, GRAY[:1])
    np.testing.assert_array_equal(colour, COLOUR[:1])
    assert found.classes == ("cat",)


def test_a_damaged_image_is_named_by_its_place() -> None:
    files = [png(GRAY[0]), png(GRAY[1])[:40], png(GRAY[1])]
    blocks = recognise(files, where="f", decode=decode).blocks()
    with pytest.raises(DataError, match="in f, image 1"):
        list(blocks)
