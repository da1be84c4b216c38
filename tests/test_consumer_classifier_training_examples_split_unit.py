"""Tests of keeping images apart to validate on."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from classifier_samples import stripes

from consumer.classifier.training.examples import split
from shared.errors import DataError
from shared.intake.imageset import ImageSet

GRAY = np.zeros((6, 5, 7), np.uint8)
LABELS = np.zeros(6, np.int64)


def _labelled(images: np.typing.NDArray[np.uint8]) -> ImageSet:
    return ImageSet(images, LABELS[: len(images)], ("a",), "x.pickle")


def test_the_last_images_are_those_to_validate_on() -> None:
    data = stripes(20)
    assert data.labels is not None
    training, validation = split(data, 6)
    images = torch.cat([training.images, validation.images])
    assert (len(training), len(validation)) == (14, 6)
    assert images.shape == (20, 1, 12, 12)
    assert np.array_equal(images[:, 0].numpy(), data.stack)
    assert torch.cat([training.labels, validation.labels]).tolist() == data.labels.tolist()
    assert training.judgements is None


def test_a_set_that_may_not_be_written_to_is_copied() -> None:
    images = GRAY.copy()
    images.setflags(write=False)
    training, _ = split(_labelled(images), 1)
    training.images.fill_(1)
    assert images.max() == 0


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 5, 7, 1)])
def test_the_least_images_of_the_least_size_will_do(shape: tuple[int, ...]) -> None:
    training, validation = split(_labelled(np.zeros(shape, np.uint8)), 1)
    assert training.images.shape == (2, 1, *shape[1:3])
    assert len(validation) == 1


@pytest.mark.parametrize(
    ("data", "validation_images", "message"),
    [
        (ImageSet(GRAY, where="x.pickle"), 1, "no labels to train on in x.pickle"),
        (_labelled(np.zeros((6, 5, 7, 3), np.uint8)), 1, "got 5 x 7 x 3"),
        (_labelled(GRAY[:, :, :3]), 1, "sides of at least 4 pixels, got 5 x 3 x 1"),
        (_labelled(GRAY), 5, "got 6 in all, 5 of them for validation"),
        (_labelled(GRAY), 7, "got 6 in all, 7 of them for validation"),
        (_labelled(GRAY), 0, "got 6 in all, 0 of them for validation"),
        (_labelled(GRAY), -1, "got 6 in all, -1 of them for validation"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(
    data: ImageSet, validation_images: int, message: str
) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        split(data, validation_images)
