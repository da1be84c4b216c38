"""load_pickle: image sets of pickles, and one error for everything else."""

from __future__ import annotations

import collections
import io
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pickle_assembler as asm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.errors import DataError, PickleRefused
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.intake.pickles import load_pickle

GRAY = np.arange(2 * 4 * 4, dtype=np.uint8).reshape(2, 4, 4)
# Sides that can be no channels, so that no axes are ambiguous.
SIDES = st.integers(5, 9)
SHAPES = st.tuples(st.integers(1, 4), SIDES, SIDES) | st.tuples(
    st.integers(1, 4), SIDES, SIDES, st.just(3)
)
IMAGES = hnp.arrays(np.uint8, SHAPES)
PROTOCOLS = st.integers(0, 5)


def load(data: bytes, **options: Any) -> ImageSet:
    """Load a pickle from memory."""
    return load_pickle(io.BytesIO(data), where="f", **options)


@given(images=IMAGES, protocol=PROTOCOLS, is_numpy_1=st.booleans(), data=st.data())
def test_a_dict_of_arrays_is_read_in_every_protocol(
    images: Any, protocol: int, is_numpy_1: bool, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["u1", "<i2", ">i4", "i8", ">u8"]))
    labels = data.draw(hnp.arrays(kind, len(images), elements=st.integers(0, 99)))
    classes = [f"class {index}" for index in range(100)]
    content = {"images": images, "labels": labels, "classes": classes}
    pickled = pickle.dumps(content, protocol)
    found = load(asm.as_numpy_1(pickled, protocol) if is_numpy_1 else pickled)
    np.testing.assert_array_equal(found.images, images)
    assert found.labels is not None
    assert found.labels.tolist() == labels.tolist()
    assert found.classes == tuple(classes)


@pytest.mark.parametrize("protocol", range(6))
def test_other_containers_are_read_in_every_protocol(protocol: int) -> None:
    labels = np.arange(len(GRAY))
    pairs = list(zip(GRAY, labels, strict=True))
    ordered = collections.OrderedDict(images=GRAY, labels=labels)
    expected = load(pickle.dumps({"x": GRAY, "y": [0, 1]}, protocol)).digest()
    assert load(pickle.dumps(pairs, protocol)).digest() == expected
    assert load(pickle.dumps(ordered, protocol)).digest() == expected
    assert load(pickle.dumps((GRAY, labels), protocol)).digest() == expected
    assert load(pickle.dumps(GRAY, protocol)).labels is None


def test_what_is_loaded_owns_its_images_or_cannot_be_harmed_by_the_file() -> None:
    found = load(pickle.dumps(GRAY, 4))
    np.testing.assert_array_equal(found.stack, GRAY)


def test_a_file_of_python_2_is_read() -> None:
    content = asm.python2_text(b"data") + asm.python2_array((2, 4, 4), GRAY.tobytes())
    data = b"\x80\x02}(" + content + asm.python2_text(b"labels") + b"](K\x01K\x00eu."
    found = load(data)
    np.testing.assert_array_equal(found.images, GRAY)
    assert found.labels is not None
    assert found.labels.tolist() == [1, 0]


def test_a_layout_settles_what_could_be_seen_in_two_ways() -> None:
    data = pickle.dumps(np.zeros((5, 3, 4, 3), np.uint8), 4)
    with pytest.raises(DataError, match="--layout"):
        load(data)
    assert load(data, layout="NHWC").image_shape == (3, 4, 3)
    assert load(data, layout="NCHW").image_shape == (4, 3, 3)


def test_limits_hold_for_the_file_and_for_its_images() -> None:
    data = pickle.dumps(GRAY, 4)
    with pytest.raises(PickleRefused, match="file too large in f"):
        load(data, limits=replace(Limits(), file_bytes=len(data) - 1))
    with pytest.raises(DataError, match=" in f"):
        load(data, limits=replace(Limits(), images=1))


class Short(io.BytesIO):
    """A file for which there is too little memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise MemoryError(size)


def test_too_little_memory_is_one_error_too() -> None:
    with pytest.raises(PickleRefused, match="reading took too much memory in f .*; give the"):
        load_pickle(Short(), where="f")


def test_a_file_without_images_is_no_image_set() -> None:
    with pytest.raises(DataError, match="no images found in f") as caught:
        load(pickle.dumps({"weights": [1.5]}, 4))
    assert not isinstance(caught.value, PickleRefused)
