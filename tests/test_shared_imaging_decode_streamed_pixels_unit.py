"""From OpenCV's pixels to those of frames."""

from __future__ import annotations

import numpy as np
import pytest
from image_samples import deep, pixels

from shared.imaging.decode import streamed_pixels


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_order_and_depth_are_those_of_frames(channels: int, bits: int) -> None:
    expected = pixels(channels)
    image = expected if bits == 8 else deep(channels)
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(channels)
    given = image if order is None else image[..., order]
    result = streamed_pixels(given)
    assert result.dtype == np.uint8 and result.flags.c_contiguous
    assert np.array_equal(result, expected)
