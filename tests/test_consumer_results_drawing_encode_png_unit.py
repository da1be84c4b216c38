"""encode_png: a PNG within the limit, decode_png: the way back."""

from __future__ import annotations

import numpy as np
import pytest
from result_parts import noise

from consumer.results.drawing import decode_png, encode_png
from shared.reports import MAX_SAMPLE_BYTES


def test_what_fits_is_kept_exactly() -> None:
    image = noise(200, 100, 3)
    assert np.array_equal(decode_png(encode_png(image)), image)


@pytest.mark.parametrize("shape", [(1024, 1024, 3), (1024, 400, 3)])
def test_noise_is_shrunk_until_it_fits(shape: tuple[int, ...]) -> None:
    png = encode_png(noise(*shape))
    assert MAX_SAMPLE_BYTES / 2 < len(png) <= MAX_SAMPLE_BYTES
    height, width, _ = decode_png(png).shape
    assert 100 < height < shape[0]
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.02)


def test_the_limit_can_be_another() -> None:
    image = noise(512, 512, 3)
    assert np.array_equal(decode_png(encode_png(image, limit=2**21)), image)
    assert len(encode_png(image, limit=5000)) <= 5000
