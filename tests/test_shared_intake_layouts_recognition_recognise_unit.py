"""recognise: every layout that is taken, and what is said of the others."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_parts import COLOUR, GRAY, LABELS, PNG, SQUARE, decode, image_file, planes
from numpy.typing import NDArray

from shared.errors import DataError, SettingsError
from shared.intake.found import Found
from shared.intake.layouts.recognition import recognise
from shared.intake.limits import Limits

WIDE = np.zeros((4096, 4096), dtype=np.uint8)
SPLITS = {"x_train": GRAY, "y_train": LABELS, "x_test": COLOUR, "y_test": [4, 4]}
DIGITS = {
    "data": GRAY.reshape(2, 25) / 1.0,
    "images": GRAY / 1.0,
    "target": LABELS,
    "target_names": np.arange(2),
    "frame": None,
    "feature_names": ["pixel_0_0"],
    "DESCR": "digits",
}
QUARTERS = np.repeat(np.arange(2, dtype=np.uint8), 16).reshape(8, 2, 2)
"""The lines of two images of 4 x 4 pixels, each as an image of 2 x 2."""
NAMED = (GRAY, [1, 0], ("0", "1"))
UNNAMED: tuple[Any, None, tuple[()]] = (GRAY, None, ())


def pixels(found: Found) -> list[NDArray[np.uint8]]:
    """All images in order."""
    return [image for block in found.blocks() for image in block]


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        # One array.
        (GRAY, UNNAMED, "an array: images (2, 5, 5) uint8"),
        (np.asfortranarray(GRAY), UNNAMED, "an array: images (2, 5, 5) uint8"),
        (COLOUR, (COLOUR, None, ()), "an array: images (2, 5, 6, 3) uint8"),
        (planes(COLOUR), (COLOUR, None, ()), "(2, 3, 5, 6) uint8, channels first"),
        (GRAY[..., None], UNNAMED, "(2, 5, 5, 1) uint8"),
        (GRAY[:, None], UNNAMED, "(2, 1, 5, 5) uint8, channels first"),
        (GRAY.reshape(2, 25), UNNAMED, "(2, 25) uint8 as rows of 5 x 5"),
        (planes(SQUARE).reshape(2, 75), (SQUARE, None, ()), "as rows of 5 x 5 x 3"),
        # A pair, a triple.
        ((GRAY, LABELS), NAMED, "a pair: images (2, 5, 5) uint8, labels"),
        ([GRAY, [1, 0]], NAMED, "a pair: images"),
        ((GRAY, LABELS.reshape(2, 1)), NAMED, "a pair: images"),
        ((GRAY, np.eye(2)[LABELS]), NAMED, "a pair: images"),
        ((GRAY.reshape(2, 25), np.array(["b", "a"])), (GRAY, [1, 0], ("a", "b")), "a pair"),
        ([[GRAY[0], GRAY[1]], (1, 0)], NAMED, "a pair: images 2 arrays (5, 5) uint8, labels"),
        ((GRAY.tolist(), [1, 0]), NAMED, "a pair: images 2 lists (5, 5) uint8, labels"),
        (([image_file(GRAY[0]), image_file(GRAY[1])], ["b", "a"]), (GRAY, [1, 0], ("a", "b")), ""),
        ((GRAY, None), UNNAMED, "a pair: images (2, 5, 5) uint8"),
        ((GRAY, LABELS, ["a", "b"]), (GRAY, [1, 0], ("a", "b")), "a triple: images"),
        ((GRAY, LABELS, {0: "a", 1: "b"}), (GRAY, [1, 0], ("a", "b")), "a triple: images"),
        ((GRAY, LABELS, np.array([b"a", b"b"])), (GRAY, [1, 0], ("a", "b")), "a triple: images"),
        ((GRAY, np.array([[1, 0]])), NAMED, "a pair: images"),
        ((GRAY, [[1], [0]]), NAMED, "a pair: images"),
        ((GRAY, [np.array([1]), np.array([0])]), NAMED, "a pair: images"),
        ((GRAY, [np.array([0, 1]), np.array([1, 0])]), NAMED, "a pair: images"),
        ((list(GRAY), [[0, 1], [1, 0]]), NAMED, "a pair: images 2 arrays"),
        ((LABELS, GRAY), NAMED, "a pair, labels first: images (2, 5, 5) uint8, labels"),
        # A dict.
        ({"images": GRAY}, UNNAMED, "a dict: images (2, 5, 5) uint8"),
        ({"images": GRAY, "labels": None, "classes": None}, UNNAMED, "a dict"),
        ({"images": GRAY, "classes": ["a"]}, UNNAMED, "a dict: images (2, 5, 5) uint8"),
        ({"data": GRAY, "targets": LABELS}, NAMED, "a dict: images (2, 5, 5) uint8, labels"),
        (
            {"X": GRAY, "Y": [1, 0], "Class Names": ("a", "b")},
            (GRAY, [1, 0], ("a", "b")),
            "classes",
        ),
        ({"image": [GRAY[0], GRAY[1]], "note": "mine", 7: 1}, UNNAMED, "2 arrays (5, 5)"),
        ({"pixels": GRAY, "label": ["1", "0"]}, NAMED, "a dict"),
        (
            {
                b"batch_label": b"testing batch 1 of 1",
                b"data": planes(SQUARE).reshape(2, 75),
                b"labels": [1, 0],
                b"filenames": [b"a.png", b"b.png"],
            },
            (SQUARE, [1, 0], ("0", "1")),
            "a dict: images (2, 75) uint8 as rows of 5 x 5 x 3, labels",
        ),
        ({"data": {"images": GRAY, "labels": LABELS}}, NAMED, "a dict"),
        (DIGITS, NAMED, "a dict: images (2, 5, 5) float64, labels, classes"),
        ({"img": {"bytes": image_file(GRAY[0])}}, (GRAY[:1], None, ()), "1 image files"),
        ({"image": image_file(GRAY[0])}, (GRAY[:1], None, ()), "a dict: images 1 image files"),
        ({"arr_0": GRAY, "arr_1": LABELS}, NAMED, "arrays without names: images"),
        ({"arr_0": GRAY}, UNNAMED, "arrays without names: images"),
        ({"faces": GRAY}, UNNAMED, "a dict: images (2, 5, 5) uint8"),
        ({"pixels": GRAY.ravel(), "shapes": np.array([[5, 5, 1]] * 2)}, UNNAMED, "2 arrays"),
        # Classes as keys.
        ({"b": GRAY[:1], "a": GRAY[1:]}, (GRAY[::-1], [0, 1], ("a", "b")), "a dict of classes"),
        ({b"b": [GRAY[0]], "a": [GRAY[1]]}, (GRAY[::-1], [0, 1], ("a", "b")), "of classes"),
        ({10: GRAY[1:], 2: GRAY[:1]}, (GRAY, [2, 10], tuple(map(str, range(11)))), "of classes"),
        ({"images": {"a": GRAY[:1], "b": GRAY[1:]}}, (GRAY, [0, 1], ("a", "b")), "of classes"),
        # Lists.
        ([GRAY[0], GRAY[1]], UNNAMED, "a list: images 2 arrays (5, 5) uint8"),
        ((GRAY[0], GRAY[1], GRAY[0]), (GRAY[[0, 1, 0]], None, ()), "a list: images 3 arrays"),
        ([COLOUR[0], COLOUR[1]], (COLOUR, None, ()), "2 arrays (5, 6, 3) uint8"),
        (list(planes(COLOUR)), (COLOUR, None, ()), "2 arrays (3, 5, 6) uint8, channels first"),
        (list(GRAY.reshape(2, 25)), UNNAMED, "2 arrays (25,) uint8 as rows of 5 x 5"),
        ([GRAY[0], GRAY[1, :3]], ([GRAY[0], GRAY[1, :3]], None, ()), "arrays of 2 sizes, uint8"),
        ([GRAY[0], COLOUR[0]], ([GRAY[0], COLOUR[0]], None, ()), "arrays of 2 sizes, uint8"),
        ([(GRAY[0], 1), (GRAY[1], 0)], NAMED, "a list of (image, label): images 2 arrays"),
        ([[GRAY[0], 0]], (GRAY[:1], [0], ("0",)), "a list of (image, label)"),
        ((GRAY[0], 0), (GRAY[:1], [0], ("0",)), "an image with its label"),
        ([(GRAY[0].tolist(), 1), (GRAY[1].tolist(), 0)], NAMED, "images 2 lists (5, 5) uint8"),
        ([(GRAY[0], np.uint8(1)), (GRAY[1], np.array(0))], NAMED, "a list of (image, label)"),
        ([(1, GRAY[0]), (0, GRAY[1])], NAMED, "a list of (label, image): images 2 arrays"),
        ([np.frombuffer(image_file(image), "u1") for image in GRAY], UNNAMED, "2 image files"),
        (
            {"x": [np.frombuffer(image_file(image), "u1")[:, None] for image in GRAY]},
            UNNAMED,
            "2 image files",
        ),
        (np.frombuffer(image_file(GRAY[0]), "u1"), (GRAY[:1], None, ()), "1 image files"),
        ([(GRAY[0], "b"), (GRAY[1], b"a")], (GRAY, [1, 0], ("a", "b")), "(image, label)"),
        ([image_file(GRAY[0]), bytearray(image_file(GRAY[1]))], UNNAMED, "a list: images 2 image"),
        ([(memoryview(image_file(image)), 3) for image in GRAY], (GRAY, [3, 3], tuple("0123")), ""),
        (image_file(GRAY[0]), (GRAY[:1], None, ()), "one image file: images 1 image files"),
        (GRAY.tolist(), UNNAMED, "a list: images 2 lists (5, 5) uint8"),
        (GRAY.reshape(2, 25).tolist(), UNNAMED, "2 lists (25,) uint8 as rows of 5 x 5"),
        (
            [{"image": GRAY[0], "label": 1}, {"image": GRAY[1], "label": 0}],
            NAMED,
            "a list of dicts: images 2 arrays (5, 5) uint8, labels",
        ),
        (
            [{"image": {"bytes": image_file(image), "path": "a"}, "label": 1} for image in GRAY],
            (GRAY, [1, 1], ("0", "1")),
            "a list of dicts: images 2 image files, labels",
        ),
        ([{"bytes": image_file(image)} for image in GRAY], UNNAMED, "a list: images 2 image files"),
        # Splits, of which there is one.
        ({"x_train": GRAY, "y_train": LABELS}, NAMED, "the split 'train', a dict: images"),
        ({"mine": {"images": GRAY, "y": LABELS}}, NAMED, "the split 'mine', a dict: images"),
    ],
)
def test_layouts_are_recognised(
    value: object, expected: tuple[Any, Any, tuple[str, ...]], words: str
) -> None:
    images, labels, classes = expected
    found = recognise(value, where="f", decode=decode)
    got = pixels(found)
    assert [image.shape for image in got] == [image.shape for image in images]
    for image, other in zip(got, images, strict=True):
        np.testing.assert_array_equal(image, other)
    assert all(block.dtype == np.uint8 and block.flags.c_contiguous for block in found.blocks())
    assert (None if found.labels is None else found.labels.tolist()) == labels
    assert (found.count, found.classes) == (len(images), classes)
    assert words in found.layout


@pytest.mark.parametrize(
    ("value", "layout", "expected"),
    [
        (SPLITS, "train", GRAY),
        (SPLITS, "TEST", COLOUR),
        ({"trainImages": GRAY, "Test-Images": COLOUR}, "test", COLOUR),
        ({"images_val": GRAY, "images_t10k": COLOUR}, "validation", GRAY),
        ({"train": {"x": GRAY}, "dev": {"x": COLOUR}}, "val", COLOUR),
        ({"train": (GRAY, LABELS), "test": (COLOUR, LABELS)}, "train", GRAY),
        ({"train": GRAY, "test": COLOUR}, "test", COLOUR),
        (((GRAY, LABELS), (COLOUR, LABELS)), "test", COLOUR),
        ([(GRAY, LABELS), (GRAY, LABELS), (COLOUR, LABELS)], "test", COLOUR),
        ((GRAY, LABELS, COLOUR, [0, 1]), "test", COLOUR),
        ([GRAY, COLOUR, LABELS, LABELS], "train", GRAY),
        ({"a": GRAY[0], "b": GRAY[1]}, "images=b,HW", GRAY[1:]),
        ({"a": np.zeros((4, 4), "u1"), "b": np.ones((4, 4), "u1")}, "2x2", QUARTERS),
        ({"one": {"x": GRAY}, "two": {"x": COLOUR}}, "split=two", COLOUR),
        ({"photo": COLOUR, "faces": GRAY, "kind": LABELS}, "images=photo,labels=kind", COLOUR),
        ({"x": GRAY, "data": COLOUR}, "images=DATA", COLOUR),
        ([{"photo": image} for image in GRAY], "images=photo", GRAY),
        ({"train": {"a": GRAY}, "test": {"a": COLOUR}}, "test,images=a", COLOUR),
        (GRAY[0], "HW", GRAY[:1]),
        (COLOUR[0], "HWC", COLOUR[:1]),
        (COLOUR[0], "5x6x3", COLOUR[:1]),
        (planes(COLOUR)[0], "CHW", COLOUR[:1]),
        (SQUARE[:, :3, :3], "NHWC", SQUARE[:, :3, :3]),
        (planes(SQUARE[:, :3, :3]), "nchw", SQUARE[:, :3, :3]),
        (planes(SQUARE[:, :3, :3]), "3x3x3,NCHW", SQUARE[:, :3, :3]),
        ([SQUARE[0, :3, :3], SQUARE[0, :4, :4]], "HWC", [SQUARE[0, :3, :3], SQUARE[0, :4, :4]]),
        (COLOUR.reshape(2, 90), "5x6x3", COLOUR),
        (planes(COLOUR).reshape(2, 90), "3x5x6", COLOUR),
        (GRAY[:, :3].reshape(2, 15), "3x5", GRAY[:, :3]),
        (list(GRAY[:, :3].reshape(2, 15)), "3x5", GRAY[:, :3]),
    ],
)
def test_what_can_be_seen_in_two_ways_is_told_apart_by_the_layout(
    value: object, layout: str, expected: Any
) -> None:
    got = pixels(recognise(value, where="f", layout=layout))
    assert len(got) == len(expected)
    for image, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(image, other)


FINE = {"data": GRAY, "fine_labels": [1, 0], "coarse_labels": [7, 7]}


@pytest.mark.parametrize(
    ("value", "warning"),
    [
        (GRAY > 3, "pixels of dtype bool were read as 0 and 255"),
        (GRAY.astype(">i8"), "pixels of dtype int64 in 0..49 were converted to uint8"),
        (GRAY / 255, "pixels of dtype float64 in 0..1 were multiplied by 255 and rounded"),
        (GRAY.astype("f4"), "pixels of dtype float32 in 0..49 were rounded"),
        (COLOUR[0], "an array (5, 6, 3) was read as 5 gray images of 6 x 3; one colour image is"),
        (
            np.zeros((9, 7, 1), "u1"),
            "an array (9, 7, 1) was read as 9 gray images of 7 x 1; one gray",
        ),
        (np.zeros((9, 9), "u1"), "an array (9, 9) was read as 9 images, each a row; one gray"),
        (
            planes(SQUARE)[0],
            "an array (3, 5, 5) was read as 3 gray images; one colour image is --l",
        ),
        ((GRAY[0], 1), "a list of two was read as one image and its label"),
        ({"x": GRAY, "kind": LABELS}, "no labels were taken; if 'kind' holds them, pass --layout"),
        ({"a": GRAY, "b": GRAY}, "the keys were taken for classes: 'a', 'b'"),
        ({"faces": GRAY}, "the only key, 'faces', was taken for the images"),
        ((GRAY, LABELS * 1.0), "labels of dtype float64 were read as whole numbers"),
        ((GRAY, LABELS == 1), "labels of dtype bool were read as 0 and 1"),
        ((GRAY, np.eye(2)), "one-hot labels (2, 2) were read as the place of the 1"),
        ((GRAY, ["1", "0"]), "labels that are text were read as numbers"),
        ((GRAY, LABELS, ["a", "a"]), "the class name 'a' occurs more than once"),
        (FINE, "fine_labels were taken; for the others pass --layout labels=coarse_labels"),
    ],
)
def test_what_is_changed_or_guessed_gives_a_warning(value: object, warning: str) -> None:
    found = recognise(value, where="f")
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith(warning)


@pytest.mark.parametrize(
    "value",
    [
        GRAY,
        {"x": GRAY, "sizes": [5]},
        (SQUARE[:, :4, :4, 0], LABELS),
        (np.zeros((2, 4), np.uint8), LABELS),
        [GRAY[0]],
    ],
)
def test_what_is_clear_gives_no_warning(value: object) -> None:
    assert not recognise(value, where="f").warnings


LOOP: list[object] = []
LOOP.append(LOOP)
DICT_LOOP: dict[str, object] = {}
DICT_LOOP["images"] = DICT_LOOP["train"] = DICT_LOOP
NOTHING: Any = ()
ZEROS: Any = [0] * 1000
DEEP = functools.reduce(lambda inner, _: (inner,), range(5000), NOTHING)
SHARED = functools.reduce(lambda inner, _: [inner] * 1000, range(4), ZEROS)
SEVEN = np.zeros((2, 5, 5, 7), np.uint8)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "no images found in f: expected an array, a pair .* got NoneType"),
        ("text", "no images found in f: .* got text"),
        (b"bytes", "no images found in f: .* got 5 bytes"),
        (np.void(b"abc"), "no images found in f: .* got void"),
        (3, "no images found in f: .* got int"),
        ([], "no images found in f: .* got an empty list"),
        ((), "no images found in f: .* got an empty tuple"),
        ([1, "a"], "no images found in f: .* got a list of int, str, the first of them int"),
        ([(GRAY[0], [1])], "no images found in f: .* got a list of tuple, the first of them a tup"),
        ({}, "no images found in f: expected a usual key .* got an empty dict; say which keys"),
        ({"photos": GRAY, 3: 4}, "no images found in f: .* keys 'photos', 3; say .* images=KEY"),
        (
            {"images": GRAY, "x": GRAY[:1]},
            "ambiguous keys in f: .* 'images', 'x'; say which one, as",
        ),
        (
            {"x": GRAY, "y": LABELS, "Y": LABELS},
            "ambiguous keys in f: expected one key for the lab",
        ),
        ({"images": "GRAY"}, "no images found in f: expected an array, or a list .* got text"),
        ({"images": []}, "wrong number of images in f: expected 1 to 2,000,000, got 0"),
        ({str(k): k for k in range(5000)}, r"no images found in f: .* '8', '9', \.\.\.; say which"),
        (
            {"images": [GRAY[0], 7]},
            "image 1 is no image in f: expected an array, as the first, got int",
        ),
        ({"images": [7, GRAY[0]]}, "image 0 is no image in f: .* got int"),
        ({"images": [b"x", GRAY[0]]}, "image 1 is no image in f: expected bytes, as the first"),
        ({"images": ["a.png"]}, "image 0 is no image .* got text; paths are not followed"),
        (["a.png", "b.png"], "no images found in f: .* got a list of str, the first of them text"),
        ([GRAY[0]] * 9999 + [None], "image 9999 is no image in f: .* got NoneType"),
        (
            [(GRAY[0], 1)] * 99 + [(GRAY[0],)],
            "image 99 has no label in f: .* got a tuple of ndarray",
        ),
        ([(GRAY[0], 1)] * 99 + [(GRAY[0], None)], "wrong label 99 in f: .* got NoneType"),
        ([(GRAY[0], 1)] * 99 + [(GRAY[0], "a")], "wrong label 99 in f: .* got text"),
        ([{"image": GRAY[0]}, {"label": 1}], "image 1 is incomplete in f: .* under 'image'"),
        (
            [{"label": 1}],
            "no images found in f: expected a dict with an image for each, got a dict",
        ),
        (
            (["a.png"], [1]),
            "no images found in f: .* paths are not followed: put the images themselves in",
        ),
        ({"files": ["a.png"], "y": [1]}, "no images found in f: .* paths are not followed"),
        ([GRAY[0], None], "image 1 is no image in f: .* got NoneType; leave out what is None"),
        ([SQUARE[0, :, :, :3], None], "image 1 is no image in f: .* got NoneType"),
        ([GRAY[0], "a" * 41], "image 1 is no image in f: expected an array, .* got text"),
        ([GRAY[0], "<html>"], "image 1 is no image in f: .* got text"),
        ([GRAY[0], ""], "image 1 is no image in f: .* got text"),
        ([GRAY[0], 0.5], "image 1 is no image in f: .* got float"),
        # Single images under keys.
        ({"a": GRAY[0], "b": GRAY[1]}, "one image under each key in f: .* put them into one list"),
        (
            {"a": np.zeros((7, 8), "u1"), "b": np.zeros((9, 8), "u1")},
            "one image under each key in f: .* images=KEY,HW",
        ),
        # Encoded images.
        ([image_file(GRAY[0]), b"garbage"], "image 1 is no image file in f: .* got 7 bytes"),
        ([image_file(GRAY[0]), ""], "image 1 is no image in f: expected bytes, as the first"),
        (
            [PNG + bytes(30), b"ABC", b""],
            "image 1 is no image file in f: .* got 3 bytes; only whole",
        ),
        ([PNG + bytes(30)], "image files in f: expected arrays of pixels, got bytes; decode the"),
        ([{"bytes": None, "path": "a"}], "image 0 is no image in f: .* got NoneType"),
        # Axes, sizes and numbers.
        (
            np.zeros((2, 3, 9, 3), "u1"),
            r"ambiguous axes .* got \(2, 3, 9, 3\); pass --layout NHWC or",
        ),
        ([np.zeros((3, 9, 3), "u1")], r"ambiguous axes of .* got \(3, 9, 3\) of image 0; pass"),
        (SEVEN, r"wrong number of channels in f: .* got \(2, 5, 5, 7\)"),
        (SEVEN[..., :2], r"wrong number of channels in f: .* got \(2, 5, 5, 2\); give gray, RGB"),
        ([COLOUR[0], SEVEN[0]], r"number of channels in f: .* got \(5, 5, 7\) of image 1"),
        ([GRAY, GRAY], r"wrong number of channels in f: .* join batches of images by numpy.conc"),
        (SEVEN[None], r"wrong shape of images in f: .* got \(1, 2, 5, 5, 7\); bring them to one"),
        (np.zeros((1,) * 32, "u1"), r"wrong shape of images in f: .* got \(1, 1, 1"),
        (np.zeros(8, np.uint8), r"wrong shape of images in f: .* got \(8,\)"),
        (np.array(3), "no images found in f: .* got an array"),
        (
            np.zeros((3, 8), np.uint8),
            r"three squares of pixels in each row, got \(3, 8\); say the size",
        ),
        ([np.zeros(8, np.uint8)], r"squares of pixels in each row, got \(8,\) of image 0; say the"),
        ([*GRAY, np.zeros(9, "u1")], r"wrong shape of images in f: .* got \(9,\) of image 2"),
        (
            np.zeros((0, 9, 9), np.uint8),
            "wrong number of images in f: expected 1 to 2,000,000, got 0",
        ),
        (np.zeros((2_000_001, 1, 1), np.uint8), "wrong number of images in f: .* got 2,000,001"),
        (
            np.zeros((2, 0, 9), np.uint8),
            r"wrong image size in f: .* 1 to 4096 pixels, got \(2, 0, 9\)",
        ),
        (np.zeros((2, 0), np.uint8), r"wrong image size in f: .* got \(2, 0\)"),
        (np.zeros((1, 4097, 2), np.uint8), r"wrong image size in f: .* got \(1, 4097, 2\)"),
        ([WIDE] * 600, "too many pixels in f: expected at most 8,589,934,592 bytes, got 10,066"),
        ({"images": [0] * 2_000_001}, "wrong number of images in f: .* got 2,000,001"),
        ({"pixels": GRAY.ravel(), "shapes": np.array([[5, 5, 1]])}, "images do not fit in f"),
        # Pixels.
        (GRAY.astype(complex), "no images found in f: .* got an array .* complex128"),
        (
            {"x": GRAY.astype("S3")},
            "wrong dtype of images in f: expected numbers, best uint8, got byt",
        ),
        ({"x": np.array([[None]])}, "wrong dtype of images in f: .* got object; scale them"),
        ([GRAY[0], GRAY[1] / 2], "image 1 has another dtype in f: .* got float64; scale them"),
        (GRAY.astype(int) - 1, "image 0 has a pixel out of range in f: .* got -1..48 over all"),
        (GRAY.astype("u2") * 9, r"image 1 has a pixel out of range .* 0..441 .* divide 16-bit"),
        (
            GRAY * 9.0,
            r"image 1 has a pixel out of range in f: .* got 0..441 over all images; scale",
        ),
        (
            GRAY - 1.5,
            r"image 0 has a pixel out of range .* got -1.5..47.5 .* undo the normalisation",
        ),
        (np.array([GRAY[0] / 9, GRAY[0] * np.nan]), "image 1 has a pixel that is no number in f"),
        ([GRAY[0] / 9, GRAY[1] * np.inf], "image 1 has a pixel that is no number in f"),
        # Lists of numbers.
        ([[[0, 1], [2]]], "image 0 has rows of several lengths in f: expected 2 numbers in each"),
        ([[[0, 1], [2, 256]]], "image 0 has a number out of range in f: expected 0..255, got 256"),
        ([[[0]], [[10**4000]]], "image 1 has a number out of range in f: .* got a larger number"),
        ([[[0.5, 10**4000]]], "image 0 has a number out of range in f: .* got a larger number"),
        (
            [[[0, "a"]]],
            "image 0 holds something else than numbers in f: expected numbers, got text",
        ),
        ([[[0, True]]], "image 0 holds something else than numbers in f: .* got bool"),
        ([[[[[0]]]]], "image 0 is nested too deeply in f: expected at most 3 axes"),
        ([[[0], [1], 2]], "image 0 has rows of several lengths in f"),
        (SHARED, "too many numbers in lists in f: expected at most 33,554,432, got more; save"),
        ([[0] * 2**25, [0, 0]], "too many numbers in lists in f"),
        (LOOP, "image 0 is nested too deeply in f"),
        (DEEP, "image 0 is nested too deeply in f"),
        (DICT_LOOP, "no images found in f"),
        # Labels.
        ((GRAY, LABELS[:1]), "wrong number of labels in f: expected 2, one for each image, got 1"),
        ((GRAY, LABELS - np.int64(1)), "label 1 out of range in f: .* got -1; number the classes"),
        ({"x": GRAY, "y": "10"}, "wrong number of labels in f: .* got 1"),
        (
            {"x": GRAY, "y": {}},
            "wrong labels in f: expected whole numbers, text .* got an empty dict",
        ),
        # Splits and keys.
        (SPLITS, "several splits in f: .* got 'train', 'test'; pass --layout train"),
        ({"a": {"x": GRAY}, "b": {"x": GRAY}}, "several splits in f: .* pass --layout split=a"),
        (
            {"a b": {"x": GRAY}, "b": {"x": GRAY}},
            "several splits in f: .* pass --layout 'split=a b'",
        ),
        ({"a,\n": {"x": GRAY}, "": {"x": GRAY}}, "several splits .*; give the split a plain name"),
        ({"X ": GRAY, "x\t": GRAY[:1]}, "ambiguous keys in f: .*; give the keys plain names"),
        ((GRAY, LABELS, COLOUR, LABELS), "several splits in f: .* got 'train', 'test'; pass --la"),
        (((GRAY, LABELS), (GRAY, LABELS)), "several splits in f: .* got 'train', 'test'"),
        ({"val": {"x": GRAY}, "dev": {"x": GRAY}}, "no images found in f"),
        ({"train": {"train": {"train": {"train": GRAY}}}}, "no images found in f"),
        ({"a": GRAY, 3: GRAY}, "wrong class names in f: .* got 2 keys, int and text; name all"),
        ({"images": {"a": GRAY, "b": 3}}, "no images found in f: expected images under the name"),
        ({-1: GRAY, 3: GRAY}, "label 0 out of range in f: expected 0..999, got -1"),
    ],
)
def test_what_is_no_image_set_is_refused(value: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        recognise(value, where="f")
    assert caught.value.hint, "nothing says how to mend it"


@pytest.mark.parametrize(
    ("value", "layout", "message"),
    [
        (GRAY, "train", "no splits found in f: expected a split 'train', got an array"),
        (SPLITS, "validation", "no such split in f: .* got 'train', 'test'; pass --layout train"),
        (GRAY, "images=a", "no keys found in f: expected a dict, got an array"),
        ([GRAY[0]], "labels=a", "no keys found in f: expected a dict, got a list of ndarray"),
        ({"x": GRAY}, "images=a", "no such key in f: expected 'a', got 'x'"),
        ({"x": GRAY}, "labels=a", "no such key in f: expected 'a', got 'x'"),
        (
            GRAY,
            "NHWC",
            r"images do not fit the layout in f: expected --layout NHWC, got \(2, 5, 5\)",
        ),
        ([GRAY[0]], "NHWC", r"do not fit the layout in f: .* got \(5, 5\) of image 0; leave out"),
        (GRAY.reshape(2, 25), "NHW", r"do not fit the layout in f: .* \(2, 25\); say the size"),
        (COLOUR, "NHW", "images do not fit the layout in f: expected --layout NHW"),
        (SEVEN, "NHWC", r"wrong number of channels in f: .* got \(2, 5, 5, 7\)"),
        (GRAY, "5x6", r"images do not fit the layout in f: expected --layout 5x6, got \(2, 5, 5\)"),
        (GRAY.reshape(2, 25), "5x6", r"expected 30 pixels in each row, as --layout says, got"),
    ],
)
def test_a_layout_that_the_file_has_not_is_refused(
    value: object, layout: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        recognise(value, where="f", layout=layout)


def test_an_unknown_layout_is_a_wrong_option() -> None:
    with pytest.raises(SettingsError, match="unknown layout in --layout"):
        recognise(GRAY, where="f", layout="sideways")


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(images=1), "wrong number of images in f: expected 1 to 1, got 2"),
        (Limits(pixel_bytes=49), "too many pixels in f: expected at most 49 bytes, got 50"),
    ],
)
@pytest.mark.parametrize("value", [GRAY, list(GRAY), [image_file(image) for image in GRAY]])
def test_no_more_is_taken_than_the_limits_say(value: object, limits: Limits, message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(recognise(value, where="f", decode=decode, limits=limits).blocks())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.png", b"b.png"], ("a.png", "b.png")),
        (["a.png", "\x1b[2J"], ()),
        (["a.png", 3], ()),
        (["a.png"], ()),
        ("ab", ()),
    ],
)
def test_images_are_called_by_file_names_that_can_be_shown(
    names: object, expected: tuple[str, ...]
) -> None:
    assert recognise({"x": GRAY, "filenames": names}, where="f").names == expected


def test_an_array_that_fits_is_given_as_views_of_at_most_4_mib() -> None:
    array = np.zeros((3000, 50, 50), np.uint8)
    array.flags.writeable = False
    blocks = list(recognise((array, [0] * 3000), where="f").blocks())
    assert [len(block) for block in blocks] == [1024, 1024, 952]
    assert all(np.shares_memory(block, array) for block in blocks)
    assert {len(block) for block in recognise([WIDE] * 2, where="f").blocks()} == {1}


def test_one_scale_holds_for_all_images() -> None:
    dark, bright = np.full((5, 5), 1.0), np.full((5, 5), 200.0)
    first, second = pixels(recognise([dark, bright], where="f"))
    assert (first.max(), second.max()) == (1, 200)


KEYS = st.sampled_from(
    ["images", "labels", "X", "y", "classes", "train", "x_test", "arr_0", "shapes", "a", b"data", 7]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 0.5, float("nan"), float("inf"), 255, 1, 0]),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.sampled_from([image_file(GRAY[0]), PNG + bytes(30)]),
)
ARRAYS = st.builds(
    lambda shape, dtype, fill: np.full(shape, fill).astype(dtype),
    st.lists(st.sampled_from([0, 1, 2, 3, 4, 9]), max_size=5),
    st.sampled_from(["u1", "?", ">i2", "f4", "f2", "c8", "S3", "U2", "M8[s]", "V2", "O"]),
    st.sampled_from([0, 1, 7, 100]),
)
VALUES = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.builds(lambda item, count: [item] * count, inner, st.integers(1, 3)),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(
    VALUES, st.sampled_from([None, "train", "NHWC", "NCHW", "HW", "3x3", "labels=a", "images=a"])
)
def test_whatever_a_file_holds_is_an_image_set_or_one_clear_error(
    value: object, layout: str | None
) -> None:
    try:
        found = recognise(value, where="f", layout=layout, decode=decode)
        total = sum(len(block) for block in found.blocks())
    except DataError as error:
        assert len(str(error)) < 1000 and str(error).isprintable()
    except ValueError as error:
        # The fake decoder's own, for what only starts like an image file.
        assert "reshape" in str(error)
    else:
        assert total == found.count
        assert found.labels is None or len(found.labels) == total
        assert found.labels is None or found.labels.max() < len(found.classes)


@st.composite
def image_sets(draw: st.DrawFn) -> tuple[NDArray[np.uint8], list[int]]:
    """Images of unequal sides, gray or colour, and labels."""
    channels = draw(st.sampled_from([(), (3,), (4,)]))
    count, height = draw(st.integers(1, 5)), draw(st.integers(5, 8))
    shape = (count, height, draw(st.integers(9, 12)), *channels)
    raw = draw(st.binary(min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    labels = draw(st.lists(st.integers(0, 999), min_size=count, max_size=count))
    return np.frombuffer(raw, np.uint8).reshape(shape), labels


WAYS: dict[str, Any] = {
    "pair": lambda images, labels: (images, labels),
    "dict": lambda images, labels: {"Images": images, "Labels": np.array(labels)},
    "bytes keys": lambda images, labels: {b"data": images, b"labels": tuple(labels)},
    "rows": lambda images, labels: list(zip(images, labels, strict=True)),
    "list": lambda images, labels: {"x": list(images), "y": [[label] for label in labels]},
    "nested": lambda images, labels: {"x": images.tolist(), "y": [str(label) for label in labels]},
    "int64": lambda images, labels: (images.astype(">i8"), np.array(labels, float)),
    "float": lambda images, labels: {"x": images.astype("f4") + np.float32(0), "y": labels},
    "fortran": lambda images, labels: (np.asfortranarray(images), np.array(labels)[:, None]),
    "files": lambda images, labels: [
        {"img": {"bytes": image_file(image)}, "label": label}
        for image, label in zip(images, labels, strict=True)
    ],
    "planes": lambda images, labels: (planes(images) if images.ndim == 4 else images, labels),
}


@pytest.mark.parametrize("way", WAYS)
@given(image_sets())
def test_the_same_set_is_found_whatever_way_it_is_laid_out(
    way: str, given_set: tuple[NDArray[np.uint8], list[int]]
) -> None:
    images, labels = given_set
    if way == "float" and images.max() <= 1:
        images = images | np.uint8(2)
    value = WAYS[way](images, labels)
    found = recognise(value, where="f", decode=decode)
    np.testing.assert_array_equal(np.concatenate(list(found.blocks())), images)
    assert found.labels is not None and found.labels.tolist() == labels
    assert found.classes == tuple(str(index) for index in range(max(labels) + 1))
