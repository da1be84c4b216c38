"""Files that are no pickles, pickles without images, and good ones."""

from __future__ import annotations

import pickle
import struct
import zlib
from collections import OrderedDict

import numpy as np
import pickle_assembler as asm
from pickle_case import COLOUR, GRAY, HONEST, IMAGES, Case


def _wrong_formats() -> list[Case]:
    starts = {
        "nothing": (b"", "empty file in f at byte 0: expected a pickle"),
        "a .npy array": (b"\x93NUMPY\x01\x00", "got a .npy array; name it .npy"),
        "an .npz archive": (
            b"PK\x03\x04" + bytes(22) + b"\x0a\x00\x00\x00images.npy",
            "got an .npz archive; name it .npz",
        ),
        "a zip archive": (b"PK\x03\x04" + bytes(40), "got a zip or .npz archive; unpack it"),
        "a PyTorch file": (
            b"PK\x03\x04" + bytes(22) + b"\x10\x00\x00\x00archive/data.pkl",
            "got a PyTorch file; it holds tensors; save images as numpy arrays",
        ),
        "an old PyTorch file": (
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.",
            "got a PyTorch file",
        ),
        "a gzip file": (b"\x1f\x8b\x08\x00", "got a gzip file; gunzip it first"),
        "a bzip2 file": (b"BZh91AY", "got a bzip2 file; bunzip2 it first"),
        "an xz file": (b"\xfd7zXZ\x00", "got an xz file"),
        "a Zstandard file": (b"\x28\xb5\x2f\xfd\x04", "got a Zstandard file"),
        "a zlib file": (zlib.compress(HONEST), "got a zlib file"),
        "a tar archive": (b"a" * 257 + b"ustar\0", "got a tar archive"),
        "a PNG image": (b"\x89PNG\r\n\x1a\n", "got a PNG image; put images into a folder"),
        "a JPEG image": (b"\xff\xd8\xff\xe0", "got a JPEG image"),
        "an HDF5 file": (b"\x89HDF\r\n\x1a\n", "got an HDF5 file; read it with its own library"),
        "a Parquet file": (b"PAR1\x15\x04", "got a Parquet file"),
        "an IDX file": (b"\0\0\x08\3\0\0\0\x0a", "got an IDX file"),
        "zeros": (bytes(4096), "got zeros; the file is damaged"),
        "HTML": (b"\n<!DOCTYPE html>", "got a text such as HTML; download the file itself"),
        "JSON": (b' {"images": []}', "got a text such as JSON"),
        "a JSON list": (b"[[0, 1]]", "got a text such as JSON"),
        "CSV": (b"label,pixel1\n0,1\n", "not a pickle in f"),
        "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        "noise": (b"\xa5" * 100, "got other bytes; name a file that pickle.dump"),
        "prose": (b"hello world", "not a pickle in f at byte 0"),
    }
    return [
        Case("wrong formats", name, data, expected=text) for name, (data, text) in starts.items()
    ]


def _useless_data() -> list[Case]:
    wrong: list[tuple[str, object, str]] = [
        ("None", None, "no images found in f"),
        ("a number", 5, "no images found in f"),
        ("text", "images", "no images found in f"),
        ("an empty list", [], "no images found in f"),
        ("an empty dict", {}, "no images found in f"),
        ("other keys", {"weights": [1.5]}, "no images found in f"),
        ("one dimension", np.zeros(5, np.uint8), "wrong shape of images in f"),
        ("text in place of images", np.array(["a", "b"]), "no images found in f"),
        ("no image at all", np.zeros((0, 4, 4), np.uint8), "wrong number of images in f"),
        ("too few labels", {"images": GRAY, "labels": [0]}, "wrong number of labels in f"),
        ("a negative label", {"images": GRAY, "labels": [0, -1]}, "label 1 out of range in f"),
        ("a huge label", {"images": GRAY, "labels": [0, 10**6]}, "label 1 out of range in f"),
        ("pixels above 255", GRAY.astype(np.int64) + 300, "pixel out of range in f"),
        ("negative pixels", GRAY.astype(np.int64) - 300, "pixel out of range in f"),
        ("pixels that are no numbers", np.full((2, 4, 4), np.nan), "no number in f"),
        ("bytes as images", {"images": b"abc"}, "no images found in f"),
    ]
    return [
        Case("useless data", name, pickle.dumps(content, 4), "useless", expected)
        for name, content, expected in wrong
    ]


def _python2(labels: bytes) -> bytes:
    content = asm.python2_text(b"data") + asm.python2_array((2, 4, 4), GRAY.tobytes())
    return b"\x80\x02}(" + content + asm.python2_text(b"labels") + labels + b"u."


def _python2_protocol_0() -> bytes:
    pixels = repr(GRAY.tobytes())[1:].encode()
    dtype = (
        b"cnumpy\ndtype\np4\n(S'u1'\np5\nI0\nI1\ntp6\nRp7\n(I3\nS'|'\np8\nNNNI-1\nI-1\nI0\ntp9\nb"
    )
    shell = b"cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntp3\nS'b'\ntR"
    return (
        b"(dp0\nS'images'\n"
        + shell
        + b"(I1\n(I2\nI4\nI4\nt"
        + dtype
        + b"I00\nS"
        + pixels
        + b"\ntbs."
    )


def _valid() -> list[Case]:
    several = [GRAY[0], np.arange(15, dtype=np.uint8).reshape(5, 3)]
    objects = np.empty(2, object)
    objects[:] = several
    numbers = [np.int64(0), np.int64(1)]
    labelled: dict[str, object] = {
        "a dict": {"images": GRAY, "labels": [0, 1]},
        "a dict with an array of labels": {"images": GRAY, "labels": np.array([0, 1])},
        "labels of another byte order": {"images": GRAY, "labels": np.array([0, 1], ">i2")},
        "a pair": (GRAY, np.array([0, 1])),
        "a list of pairs": [(GRAY[0], 0), (GRAY[1], 1)],
        "a list of pairs with scalars": list(zip(GRAY, numbers, strict=True)),
        "an ordered dict": OrderedDict(images=GRAY, labels=[0, 1]),
        "a dict with more in it": {"images": GRAY, "labels": [0, 1], "note": "x" * 300, "n": 2**70},
    }
    bare: dict[str, tuple[object, object]] = {
        "an array": (GRAY, GRAY),
        "an array in Fortran order": (np.asfortranarray(GRAY), GRAY),
        "colour": (COLOUR, COLOUR),
        "a list of arrays": (list(GRAY), GRAY),
        "images of several sizes": (several, several),
        "an array of objects": (objects, several),
        "whole numbers of 64 bits": (GRAY.astype(np.int64), GRAY),
        "whole numbers of another order": (GRAY.astype(">u2"), GRAY),
    }
    cases = []
    for protocol in (0, 2, 4, 5):
        for name, content in labelled.items():
            data = pickle.dumps(content, protocol)
            cases.append(_good(f"{name}, protocol {protocol}", data, GRAY, [0, 1]))
        for name, (content, images) in bare.items():
            data = pickle.dumps(content, protocol)
            cases.append(_good(f"{name}, protocol {protocol}", data, images))
        numpy_1 = asm.as_numpy_1(pickle.dumps(GRAY, protocol), protocol)
        cases.append(_good(f"numpy 1, protocol {protocol}", numpy_1, GRAY))
    cases += [
        _good("Python 2, protocol 2", _python2(b"](K\x00K\x01e"), GRAY, [0, 1]),
        _good("Python 2, protocol 0", _python2_protocol_0(), GRAY),
        _good("Python 2's ordered dict", _python2_ordered_dict(), GRAY, [0, 1]),
        _good("memo from 1", b"\x80\x02" + IMAGES + b"q\x01.", GRAY),
        _good("no frame", asm.whole(IMAGES, 4), GRAY),
        _good("two frames", asm.framed(b"]")[:-1][:2] + _two_frames(), GRAY),
    ]
    return cases


def _python2_ordered_dict() -> bytes:
    images = asm.python2_array((2, 4, 4), GRAY.tobytes())
    rows = (
        asm.row(asm.python2_text(b"images"), images),
        asm.row(asm.python2_text(b"labels"), asm.value([0, 1])),
    )
    return asm.whole(asm.call(asm.name("collections", "OrderedDict"), asm.row(*rows)), 2)


def _two_frames() -> bytes:
    frame = b"\x95" + struct.pack("<Q", len(IMAGES)) + IMAGES
    return frame + b"\x95" + struct.pack("<Q", 1) + b"."


def _good(name: str, data: bytes, images: object, labels: list[int] | None = None) -> Case:
    return Case("valid", name, data, "valid", images=images, labels=labels)


OTHERS: tuple[Case, ...] = (
    *_wrong_formats(),
    *_useless_data(),
    *_valid(),
)
