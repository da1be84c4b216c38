"""describe: what an image set holds."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import tiny_dataset as tiny

from producer.datasets.inspect import Description, describe
from shared.intake.imageset import ImageSet


def test_a_labelled_set_is_described() -> None:
    images = ImageSet(tiny.PIXELS, tiny.LABELS.astype(np.int64), (*tiny.CLASSES, "hat"))
    assert describe(images, "my set.pickle") == Description(
        path="my set.pickle",
        layout="NHW",
        shape=(6, 4, 4),
        dtype="uint8",
        pixel_range=(0, 95),
        class_balance=(("shoe", 2), ("coat", 2), ("bag", 2), ("hat", 0)),
        digest=images.digest(),
        command="producer serve --dataset 'my set.pickle'",
    )


def test_a_set_without_labels_has_no_class_balance() -> None:
    found = describe(ImageSet(np.zeros((1, 2, 3, 4), np.uint8)), "a.pickle")
    assert not found.class_balance
    assert (found.layout, found.shape) == ("NHWC", (1, 2, 3, 4))


def test_sizes_that_vary_are_none_and_a_command_can_be_given() -> None:
    images = parts.ragged([np.full((2, 3), 9, np.uint8), np.full((4, 3), 200, np.uint8)])
    found = describe(ImageSet(images), "a.pkl", "serve it")
    assert (found.layout, found.shape) == ("ragged", (2, None, 3, 1))
    assert (found.pixel_range, found.dtype) == ((9, 200), "uint8")
    assert found.command == "serve it"
