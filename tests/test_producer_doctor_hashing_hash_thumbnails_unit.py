"""hash_thumbnails: many perceptual hashes at once are those of each alone."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np

from producer.doctor.hashing import hash_thumbnails
from shared.imaging.perceptual import perceptual_hash


def test_as_one_image_alone() -> None:
    pictures = np.concatenate(
        (
            parts.pictures(50, side=32),
            np.random.default_rng(0).integers(0, 256, (50, 32, 32), dtype=np.uint8),
            np.full((1, 32, 32), 9, np.uint8),
        )
    )
    found = hash_thumbnails(pictures.reshape(len(pictures), -1)).tolist()
    assert found == [perceptual_hash(picture) for picture in pictures]
    assert found[-1] == 0
