"""checksum: any change of pixels, sizes or labels shows."""

from __future__ import annotations

import numpy as np
import xxhash
from intake_parts import GRAY, LABELS, checksum_of

from producer.intake.writer import checksum
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages

NAMES = ("a", "b", "c")


def test_equal_arrays_have_equal_checksums() -> None:
    first, second = ImageSet(GRAY, LABELS, NAMES), ImageSet(GRAY.copy(), LABELS.copy(), NAMES)
    assert checksum_of(first) == checksum_of(second)
    assert len(checksum_of(first)) == 32


def test_the_sum_of_pixels_that_is_known_already_serves() -> None:
    images = ImageSet(GRAY, LABELS, NAMES)
    known = xxhash.xxh3_128(GRAY.tobytes()).hexdigest()
    assert checksum(images, known) == checksum(images)
    assert checksum(images, known[::-1]) != checksum(images)


def test_each_array_counts() -> None:
    several = RaggedImages(GRAY.ravel(), np.array([(4, 5, 1)] * 6))
    turned = RaggedImages(GRAY.ravel(), np.array([(5, 4, 1)] * 6))
    sums = {
        checksum_of(images)
        for images in (
            ImageSet(GRAY),
            ImageSet(255 - GRAY),
            ImageSet(GRAY, LABELS, NAMES),
            ImageSet(GRAY, LABELS[::-1].copy(), NAMES),
            ImageSet(several),
            ImageSet(turned),
            ImageSet(several, LABELS, NAMES),
        )
    }
    assert len(sums) == 7
