"""Labels as files hold them: what is read, converted with a warning, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from shared.errors import DataError
from shared.intake.layouts.labels import Labels, read_labels

ONE_HOT = np.array([[0, 0, 1], [1, 0, 0]])
UNNAMED = ("0", "1", "2")


@pytest.mark.parametrize(
    ("value", "expected", "classes"),
    [
        (np.array([2, 0], np.uint8), [2, 0], UNNAMED),
        (np.array([2, 0], ">i8"), [2, 0], UNNAMED),
        (np.array([[2], [0]]), [2, 0], UNNAMED),
        (np.array([[2, 0]]), [2, 0], UNNAMED),
        ([2, 0], [2, 0], UNNAMED),
        ((np.int64(2), 0), [2, 0], UNNAMED),
        ([[2], [0]], [2, 0], UNNAMED),
        ([np.array([2]), np.array(0)], [2, 0], UNNAMED),
        ([999, 5], [999, 5], tuple(map(str, range(1000)))),
        (["dog", b"cat"], [1, 0], ("cat", "dog")),
        (np.array([b"dog", b"cat"]), [1, 0], ("cat", "dog")),
        (np.array([["dog"], ["cat"]]), [1, 0], ("cat", "dog")),
        (["10", "dog"], [0, 1], ("10", "dog")),
        (np.array([["0", "dog"]]), [0, 1], ("0", "dog")),
    ],
)
def test_labels_are_read_as_they_stand_there(
    value: object, expected: list[int], classes: tuple[str, ...]
) -> None:
    labels = read_labels(value, None, count=2, where="f")
    assert labels.indices.dtype == np.int64
    assert (labels.indices.tolist(), labels.classes, labels.warnings) == (expected, classes, ())


@pytest.mark.parametrize(
    ("value", "expected", "warning"),
    [
        (np.array([2.0, 0.0], np.float32), [2, 0], "labels of dtype float32 were read as whole"),
        ([2.0, 0], [2, 0], "labels of dtype float64 were read as whole numbers"),
        ([True, False], [1, 0], "labels of dtype bool were read as 0 and 1"),
        (np.array([True, False]), [1, 0], "labels of dtype bool were read as 0 and 1"),
        (ONE_HOT, [2, 0], "one-hot labels (2, 3) were read as the place of the 1"),
        (ONE_HOT.astype(bool), [2, 0], "one-hot labels (2, 3) were read"),
        (ONE_HOT.tolist(), [2, 0], "one-hot labels (2, 3) were read"),
        (list(ONE_HOT * 1.0), [2, 0], "one-hot labels (2, 3) were read"),
        (["2", b"0"], [2, 0], "labels that are text were read as numbers"),
        (np.array(["2", "0"]), [2, 0], "labels that are text were read as numbers"),
        (["1000", "2"], [0, 1], "labels are numbers of 1,000 and more and were read as class"),
    ],
)
def test_other_labels_are_converted_with_a_warning(
    value: object, expected: list[int], warning: str
) -> None:
    labels = read_labels(value, None, count=2, where="f")
    assert labels.indices.tolist() == expected
    assert len(labels.warnings) == 1 and labels.warnings[0].startswith(warning)


@pytest.mark.parametrize(
    ("value", "classes", "expected"),
    [
        ([2, 0], ["a", "b", "c"], [2, 0]),
        (["a", "b"], ("b", "a", "c"), [1, 0]),
        (["a", "a"], {"b": 0, "a": 1}, [1, 1]),
        (3, ["a", "b", "c", "d"], [3]),
        ("d", ["a", "b", "c", "d"], [3]),
        (["0", "1"], ["1", "0"], [1, 0]),
        (np.array(["7", "5"]), ["5", "6", "7"], [2, 0]),
        (["1", "0"], ["a", "b"], [1, 0]),
        (np.array([[0, 0, 1]]), ["a", "b", "c"], [2]),
        (np.array([[2, 0]]), ["a", "b", "c"], [2, 0]),
        (np.array([[2]]), ["a", "b", "c"], [2]),
    ],
)
def test_class_names_belong_to_the_labels(value: Any, classes: Any, expected: list[int]) -> None:
    labels = read_labels(value, classes, count=len(expected), where="f")
    assert isinstance(labels, Labels)
    assert (labels.indices.tolist(), labels.classes) == (expected, tuple(classes))


def test_text_is_the_first_of_equal_names() -> None:
    labels = read_labels(["a", "b"], ["b", "a", "a"], count=2, where="f")
    assert labels.indices.tolist() == [1, 0]
    assert labels.warnings == ("the class name 'a' occurs more than once",)


@pytest.mark.parametrize(
    ("value", "classes", "message"),
    [
        ([1], None, "wrong number of labels in f: expected 2, one for each image, got 1"),
        (np.zeros(3, int), None, "wrong number of labels in f: .* got 3"),
        (np.zeros((3, 2), int), None, "wrong number of labels in f: .* got 3"),
        (np.zeros((2, 2, 2), int), None, "wrong labels in f: .* got an array"),
        (np.zeros(2, complex), None, "wrong labels in f: expected whole numbers, text or one-hot"),
        (np.zeros(2, "M8[s]"), None, "wrong labels in f: .* datetime64"),
        (np.array([["a", "b"]] * 2), None, "wrong labels in f: .* got an array"),
        (None, None, "wrong labels in f: .* got NoneType"),
        (b"ab" * 40, None, "wrong number of labels in f: .* got 1"),
        (
            np.array([0, -1]),
            None,
            "label 1 out of range in f: .* 0..999, got -1; number the classes",
        ),
        ([0, 1000], None, "label 1 out of range in f: .* got 1000; at most 1,000 classes"),
        ([0, 10**400], None, "label 1 out of range in f: .* got a larger number; at most"),
        ([0.0, -(10**400)], None, "label 1 out of range in f: .* got a larger number; number"),
        ([0.0, 1e300], None, "label 1 out of range in f: .* got 1e"),
        (np.array([0, 2**64 - 1], np.uint64), None, "label 1 out of range .* got a larger number"),
        ([0, 0.5], None, "label 1 is no whole number in f: .* got 0.5"),
        (np.array([np.nan, 0]), None, "label 0 is no whole number in f: .* got nan"),
        (np.array([np.inf, 0]), None, "label 0 is no whole number in f: .* got inf"),
        ([0, None], None, "wrong label 1 in f: .* got NoneType"),
        (["a", 0], None, "wrong label 1 in f: .* got int"),
        ([0, "a"], None, "wrong label 1 in f: .* got text"),
        ([0, 1j], None, "wrong label 1 in f: .* got complex"),
        ([0, [1]], None, "wrong label 1 in f: .* got a list of int"),
        (np.full((2, 3), 0.5), None, "wrong labels in f: .*argmax"),
        ([[0, 1], [1, 1]], None, "wrong labels in f: .*argmax"),
        ([[0, 1], [1]], None, "the list of labels has rows of several lengths in f"),
        ([[[0]], [[[[0]]]]], None, "the list of labels"),
        (
            [0, 3],
            ["a", "b"],
            r"label out of range in f: expected 0..1, as named, got 3; name all 4",
        ),
        (["a", "c"], ["a", "b"], "label 1 is no class in f: .* class names 'a', 'b', got 'c'"),
        (["a", ""], None, "label 1 is empty in f: expected a label for each image"),
        (["a", "\n"], None, r"wrong class name 0 in f: .* got '\\n'"),
        ([0, 1], "ab", "wrong class names in f"),
    ],
)
def test_what_is_no_label_is_refused(value: object, classes: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_labels(value, classes, count=2, where="f")


def test_more_names_than_classes_are_taken_are_refused() -> None:
    labels = [f"a{index}" for index in range(1001)]
    with pytest.raises(DataError, match="wrong number of classes in f: expected 1 to 1,000"):
        read_labels(labels, None, count=1001, where="f")
