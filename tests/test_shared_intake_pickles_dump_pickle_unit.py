"""dump_pickle: what is written, both readers read."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle, load_pickle
from shared.intake.ragged import RaggedImages

SEVERAL = RaggedImages(np.arange(16 + 75, dtype=np.uint8), np.array([[4, 4, 1], [5, 5, 3]]))


@pytest.mark.parametrize(
    "images",
    [
        ImageSet(
            np.arange(16, dtype=np.uint8).reshape(1, 4, 4), np.zeros(1, np.int64), ("\u00e9",)
        ),
        ImageSet(np.asfortranarray(np.arange(150, dtype=np.uint8).reshape(2, 5, 5, 3))),
        ImageSet(np.zeros((2, 6, 6), np.uint8), np.array([1, 0]), ("T-shirt/top", "b", "c")),
        ImageSet(SEVERAL, np.array([1, 0]), ("a", "b")),
    ],
)
def test_what_is_dumped_is_read_back_and_by_a_stock_pickle_too(images: ImageSet) -> None:
    stream = io.BytesIO()
    dump_pickle(images, stream)
    assert load_pickle(io.BytesIO(stream.getvalue()), where="f").digest() == images.digest()
    stock = pickle.loads(stream.getvalue())
    assert list(stock) == ["images", "labels", "classes"]
    for k, image in enumerate(stock["images"]):
        np.testing.assert_array_equal(image, images.image(k))
        assert image.dtype == np.uint8
    assert stock["classes"] == list(images.classes)
    if images.labels is None:
        assert stock["labels"] is None
    else:
        np.testing.assert_array_equal(stock["labels"], images.labels)
    assert stream.getvalue()[:2] == b"\x80\x04"
