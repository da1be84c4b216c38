"""label_problems: what is wrong, or worth to know, about labels."""

from __future__ import annotations

import doctor_parts as parts
import numpy as np
import pytest

from producer.doctor.finding import EXAMPLES, Finding
from producer.doctor.labels import label_problems

NONE = np.empty((0, 2), np.int64)


def problems(
    labels: list[int] | None,
    classes: tuple[str, ...] = (),
    *,
    groups: tuple[tuple[int, ...], ...] = (),
    pairs: list[list[int]] | None = None,
) -> dict[str, Finding]:
    """The findings by their codes."""
    count = 5 if labels is None else len(labels)
    images = parts.image_set(np.zeros((count, 2, 2), np.uint8), labels, classes)
    near = NONE if pairs is None else np.array(pairs)
    return {
        finding.code: finding for finding in label_problems(images, parts.groups(*groups), near)
    }


def test_balanced_labels_in_random_order_are_no_problem() -> None:
    assert not problems(np.random.default_rng(0).integers(0, 3, 60).tolist())


def test_no_labels_are_a_note() -> None:
    found = problems(None)
    assert list(found) == ["no-labels"]
    assert found["no-labels"].level == "note"


@pytest.mark.parametrize(
    "classes", [("Bag", "bag"), ("bag ", "bag"), ("\ufb01n", "fin"), ("Straße", "STRASSE")]
)
def test_names_that_are_the_same_but_for_case_and_spaces(classes: tuple[str, ...]) -> None:
    found = problems([0, 1, 2], (*classes, "hat"))
    assert found["duplicate-class-name"].count == 2
    assert found["duplicate-class-name"].level == "warning"
    assert "hat" not in found["duplicate-class-name"].message


def test_the_same_pixels_under_different_labels() -> None:
    found = problems([0, 1, 0, 0], groups=((0, 1), (2, 3)))
    assert found["conflicting-labels"] == Finding(
        "conflicting-labels",
        "warning",
        "1 picture with different labels for the same pixels",
        1,
        (0, 1),
    )


def test_examples_are_few() -> None:
    labels = [0, 1] * 30
    groups = tuple((k, k + 1) for k in range(0, 60, 2))
    found = problems(labels, groups=groups)["conflicting-labels"]
    assert (found.count, found.examples) == (30, tuple(range(EXAMPLES)))


def test_nearly_the_same_picture_under_different_labels() -> None:
    found = problems([0, 1, 0, 0], pairs=[[0, 2], [1, 3], [0, 1]])
    assert found["near-conflicting-labels"].count == 2
    assert found["near-conflicting-labels"].examples == (1, 3, 0, 1)
    assert "near-conflicting-labels" not in problems([0, 1, 0], pairs=[[0, 2]])


@pytest.mark.parametrize(("most", "is_told"), [(19, False), (20, True)])
def test_imbalance_is_told_from_ten_times_on(most: int, is_told: bool) -> None:
    labels = [0] * most + [2] * 2
    found = problems(labels, ("bag", "unused", "hat\x1b"))
    assert ("imbalance" in found) is is_told
    if is_told:
        message = f"strong imbalance: bag {most} images, hat\\x1b 2 images"
        assert found["imbalance"].message == message
        assert found["imbalance"].count == 10


def test_classes_with_one_image_or_none() -> None:
    found = problems([0, 0, 1, 3], ("a", "b", "c\n", "d"))
    assert found["empty-class"].message == "1 class without any image: c\\n"
    assert found["single-image"].message == "2 classes of a single image: b, d"


def test_many_names_are_cut() -> None:
    classes = tuple(f"c{k}" for k in range(1 + EXAMPLES + 2))
    message = problems([0, 0], classes)["empty-class"].message
    assert message.endswith(f"c{EXAMPLES}, and 2 more")


@pytest.mark.parametrize(
    ("labels", "is_told"),
    [
        ([0] * 10 + [1] * 10, True),
        ([1] * 10 + [0] * 10, True),
        ([0] * 9 + [1] * 10, False),
        ([0] * 30, False),
        ([0, 0, 0, 0, 1, 1, 1, 1] * 4, False),
        ([0] * 100 + [1] * 100 + [2] * 100, True),
    ],
)
def test_sorted_labels_are_a_note(labels: list[int], is_told: bool) -> None:
    found = problems(labels)
    assert ("sorted-labels" in found) is is_told
    if is_told:
        assert found["sorted-labels"].level == "note"
        assert found["sorted-labels"].count == len(set(labels)) - 1
