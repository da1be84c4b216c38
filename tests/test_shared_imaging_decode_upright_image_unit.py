"""The eight EXIF orientations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.imaging.decode import upright_image

IMAGE = np.arange(6).reshape(2, 3)
TURNED = {
    1: [[0, 1, 2], [3, 4, 5]],
    2: [[2, 1, 0], [5, 4, 3]],
    3: [[5, 4, 3], [2, 1, 0]],
    4: [[3, 4, 5], [0, 1, 2]],
    5: [[0, 3], [1, 4], [2, 5]],
    6: [[3, 0], [4, 1], [5, 2]],
    7: [[5, 2], [4, 1], [3, 0]],
    8: [[2, 5], [1, 4], [0, 3]],
    0: [[0, 1, 2], [3, 4, 5]],
    9: [[0, 1, 2], [3, 4, 5]],
}


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("image", [IMAGE, np.stack([IMAGE, IMAGE + 10], axis=2)], ids=str)
def test_it_is_turned_as_the_standard_says(image: NDArray[np.int64], orientation: int) -> None:
    turned = upright_image(image, orientation)
    first = turned if turned.ndim == 2 else turned[..., 0]
    assert first.tolist() == TURNED[orientation]
    assert turned.ndim == 2 or np.array_equal(turned[..., 1], first + 10)
