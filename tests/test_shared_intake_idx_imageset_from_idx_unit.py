"""Images and labels of IDX files joined."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.idx import encode_idx, imageset_from_idx

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
LABELS = np.array([1, 0], dtype=np.uint8)


def test_images_and_labels_become_one_set() -> None:
    images = imageset_from_idx(
        gzip.compress(encode_idx(IMAGES)), encode_idx(LABELS), classes=("a", "b"), where="f"
    )
    np.testing.assert_array_equal(images.images, IMAGES)
    assert images.labels is not None
    assert images.labels.tolist() == [1, 0]
    assert images.classes == ("a", "b")
    assert images.where == "f"


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (b"junk", encode_idx(LABELS), r"not an IDX file in f \(images\)"),
        (encode_idx(IMAGES), b"junk", r"not an IDX file in f \(labels\)"),
        (encode_idx(LABELS), encode_idx(LABELS), "wrong shape of images in f"),
        (encode_idx(IMAGES), encode_idx(IMAGES), r"labels in f: .* \(2,\), got \(2, 3, 4\)"),
        (encode_idx(IMAGES), encode_idx(LABELS[:1]), r"labels in f: .* \(2,\), got \(1,\)"),
        (encode_idx(IMAGES), encode_idx(LABELS + 1), "label out of range in f"),
    ],
)
def test_files_that_do_not_fit_are_refused(images: bytes, labels: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        imageset_from_idx(images, labels, classes=("a", "b"), where="f")
