"""decode: one encoded image."""

from __future__ import annotations

import intake_parts
import numpy as np
import pytest

from producer.intake.readers.decoding import decode
from shared.errors import DataError


def test_an_image_is_decoded_in_rgb() -> None:
    image = intake_parts.colour(3)
    assert np.array_equal(decode(intake_parts.png(image), "a.png"), image)


def test_what_is_none_is_named() -> None:
    with pytest.raises(DataError, match="not an image in a.png"):
        decode(b"nothing", "a.png")
