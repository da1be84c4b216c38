"""latents_of turns random words into bounded, nearly normal whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

from producer.datasets.builtin import GRID, TEMPERATURE, latents_of


@pytest.mark.parametrize(
    ("word", "sum_of_bytes"),
    [
        (0, 0),
        (2**64 - 1, 8 * 255),
        (0x0102030405060708, 36),
        (0xFF << 56, 255),
    ],
)
def test_a_latent_is_the_scaled_sum_of_the_bytes_of_its_word(word: int, sum_of_bytes: int) -> None:
    deviation = np.sqrt(8 * 65535 / 12)
    expected = round((sum_of_bytes - 1020) / deviation * TEMPERATURE * GRID)
    assert latents_of(np.array([word], np.uint64)).tolist() == [expected]


def test_byte_order_of_the_words_does_not_matter() -> None:
    words = np.random.Philox(3).random_raw(50)
    assert (latents_of(words) == latents_of(words.astype(">u8"))).all()


def test_latents_have_mean_zero_and_the_deviation_of_the_temperature() -> None:
    latents = latents_of(np.random.Philox(4).random_raw((40_000)).reshape(200, 200)) / GRID
    assert latents.shape == (200, 200)
    assert abs(latents.mean()) < 0.02
    assert abs(latents.std() - TEMPERATURE) < 0.02
