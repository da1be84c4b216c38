"""Honest pickles: round trips through every protocol, numpy 1 and 2, and Python 2."""

from __future__ import annotations

import collections
import io
import pickle
from typing import Any

import numpy as np
import pickle_assembler as asm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from shared.intake.imageset import ImageSet
from shared.intake.pickles import dump_pickle, load_pickle

SHAPES = hnp.array_shapes(min_dims=3, max_dims=3, max_side=6) | hnp.array_shapes(
    min_dims=3, max_dims=3, max_side=6
).map(lambda shape: (*shape, 3))
IMAGES = hnp.arrays(np.uint8, SHAPES)
PROTOCOLS = st.integers(0, 5)
CORES = st.sampled_from(["numpy.core", "numpy._core"])


def as_written_by(data: bytes, protocol: int, core: str) -> bytes:
    """The pickle with the module names of numpy 1 or 2, whichever wrote it."""
    if protocol >= 4 and data[2:3] == pickle.FRAME:
        data = data[:2] + data[11:]  # the frame's length would no longer be right
    for module in ("multiarray", "numeric"):
        for written in ("numpy.core", "numpy._core"):
            old, new = f"{written}.{module}".encode(), f"{core}.{module}".encode()
            if protocol >= 4:
                old, new = bytes([len(old)]) + old, bytes([len(new)]) + new
            data = data.replace(old, new)
    return data


def load(data: bytes) -> ImageSet:
    """Load a pickle from memory."""
    return load_pickle(io.BytesIO(data), where="f")


@given(images=IMAGES, protocol=PROTOCOLS, core=CORES, fortran=st.booleans(), data=st.data())
def test_a_dict_of_arrays_is_read_in_every_protocol(
    images: Any, protocol: int, core: str, fortran: bool, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["u1", "<i2", ">i4", "i8", ">u8"]))
    labels = data.draw(hnp.arrays(kind, len(images), elements=st.integers(0, 99)))
    stored = np.asfortranarray(images) if fortran else images
    classes = [f"class {index}" for index in range(100)]
    content = {"images": stored, "labels": labels, "classes": classes}
    found = load(as_written_by(pickle.dumps(content, protocol), protocol, core))
    np.testing.assert_array_equal(found.images, images)
    assert found.labels is not None
    assert found.labels.tolist() == labels.tolist()
    assert found.classes == tuple(classes)


@given(images=IMAGES, protocol=PROTOCOLS)
def test_other_containers_are_read_in_every_protocol(images: Any, protocol: int) -> None:
    labels = np.arange(len(images))
    pairs = list(zip(images, labels, strict=True))
    ordered = collections.OrderedDict(images=images, labels=labels)
    expected = load(pickle.dumps({"x": images, "y": list(range(len(images)))}, protocol)).digest()
    assert load(pickle.dumps(pairs, protocol)).digest() == expected
    assert load(pickle.dumps(ordered, protocol)).digest() == expected
    assert load(pickle.dumps((images, labels), protocol)).digest() == expected
    assert load(pickle.dumps(images, protocol)).labels is None


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["b1", "i1", "f4", "f8"])
def test_arrays_of_other_kinds_are_read_where_they_do_not_matter(protocol: int, kind: str) -> None:
    content = {"images": np.zeros((1, 2, 2), np.uint8), "weights": np.ones(3, kind)}
    assert len(load(pickle.dumps(content, protocol))) == 1


@pytest.mark.parametrize("protocol", range(6))
def test_bytes_of_every_kind_are_read(protocol: int) -> None:
    extra = [b"", b"\xff\n", bytearray(), bytearray(b"\x80x")]
    content = {"images": np.zeros((1, 2, 2), np.uint8), b"batch": extra, 5: 2**70}
    assert len(load(pickle.dumps(content, protocol))) == 1


def python2_text(text: bytes) -> bytes:
    """Push what Python 2 called a str."""
    return b"T" + len(text).to_bytes(4, "little") + text


def test_a_file_of_python_2_is_read() -> None:
    pixels = bytes(range(200, 232))
    dtype = asm.call(asm.name("numpy", "dtype"), python2_text(b"u1"), b"K\x00", b"K\x01")
    dtype = asm.build(
        dtype,
        b"(K\x03" + python2_text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t",
    )
    shell = asm.call(
        asm.name("numpy.core.multiarray", "_reconstruct"),
        asm.NDARRAY,
        b"K\x00\x85",
        python2_text(b"b"),
    )
    array = shell + b"(K\x01K\x02K\x04K\x04\x87" + dtype + b"\x89" + python2_text(pixels) + b"tb"
    data = b"\x80\x02}(" + python2_text(b"data") + array
    data += python2_text(b"labels") + b"](K\x01K\x00eu."
    found = load(data)
    assert found.stack.tobytes() == pixels
    assert found.labels is not None
    assert found.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    "images",
    [
        ImageSet(np.arange(16, dtype=np.uint8).reshape(1, 4, 4), np.zeros(1, np.int64), ("é",)),
        ImageSet(np.asfortranarray(np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3))),
        ImageSet(np.zeros((2, 1, 1), np.uint8), np.array([1, 0]), ("T-shirt/top", "b", "c")),
    ],
)
def test_what_is_dumped_is_read_back_and_by_a_stock_pickle_too(images: ImageSet) -> None:
    stream = io.BytesIO()
    dump_pickle(images, stream)
    assert load(stream.getvalue()).digest() == images.digest()
    stock = pickle.loads(stream.getvalue())
    assert list(stock) == ["images", "labels", "classes"]
    np.testing.assert_array_equal(stock["images"], images.images)
    assert stock["images"].dtype == np.uint8
    assert stock["classes"] == list(images.classes)
    if images.labels is None:
        assert stock["labels"] is None
    else:
        np.testing.assert_array_equal(stock["labels"], images.labels)
    assert stream.getvalue()[:2] == b"\x80\x04"


def test_a_bytearray_of_an_older_python_is_read() -> None:
    extra = asm.call(asm.name("__builtin__", "bytearray"), asm.value("\x80x"), asm.value("latin-1"))
    data = b"}(" + asm.value("x") + asm.array((1, 2, 2), b"abcd") + asm.value("note") + extra + b"u"
    assert load(asm.whole(data)).stack.tobytes() == b"abcd"
