"""Tests of what an evaluation says beside the score: calibration, coverage, the hardest images."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_samples import CLASSES, Images, ToldClassifier, by_level, levels

from consumer.classifier.answers import Answers
from consumer.classifier.evaluation import HARDEST, Evaluation, evaluate
from shared.errors import SettingsError
from shared.intake.imageset import ImageSet


def _with_doubt(images: Images) -> Answers:
    """By level; what is left of a hundred is the confidence, and a set has the next class, too."""
    told = by_level(images)
    confidences = np.asarray((images[:, 0, 0] % 100) / 100, np.float32)
    sets = np.zeros((len(images), len(CLASSES)), np.bool_)
    rows = np.arange(len(images))
    sets[rows, told.labels] = True
    sets[rows, np.minimum(told.labels + 1, 2)] = True
    return Answers(told.labels, confidences, sets, confidences)


def test_confidences_alone_are_calibrated() -> None:
    found = evaluate(ToldClassifier(by_level), levels([0, 0, 100, 100], [0, 0, 1, 2]))
    assert found.calibration is not None
    assert (found.calibration.frames, found.calibration.error) == (4, 0.25)
    assert (found.calibration.sets, found.calibration.coverage) == (0, None)
    assert (found.class_coverage, found.novelty, found.robustness) == (None, None, None)
    assert found.path == "eager-fp32"


def test_sets_and_novelty_are_scored_where_they_are_told() -> None:
    found = evaluate(ToldClassifier(_with_doubt), levels([90, 80, 70, 160], [0, 1, 2, 1]))
    assert found.calibration is not None
    assert (found.calibration.sets, found.calibration.mean_set_size) == (4, 2.0)
    assert found.calibration.coverage == 0.75
    assert found.class_coverage == (1.0, 1.0, 0.0)
    assert found.novelty is not None
    assert found.novelty.novel == 1.0
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


def test_sets_are_matched_by_name_and_a_class_without_images_has_no_coverage() -> None:
    images = levels([90, 190, 90]).stack
    data = ImageSet(images, np.array([0, 0, 1], np.int64), ("dress", "bag"))
    found = evaluate(ToldClassifier(_with_doubt), data)
    assert found.classes == ("dress", "bag", "coat")
    assert found.class_coverage == (0.5, 1.0, None)
    assert found.accuracy == pytest.approx(1 / 3)


def test_the_hardest_are_the_most_confident_of_the_wrong_ones() -> None:
    data = levels([99, 30, 95, 30, 80], [0, 1, 1, 2, 2])
    hardest = evaluate(ToldClassifier(_with_doubt), data).hardest
    assert [image.index for image in hardest] == [2, 4, 1, 3]
    assert hardest[0].model_dump() == {
        "index": 2,
        "label": CLASSES[1],
        "answer": CLASSES[0],
        "confidence": pytest.approx(0.95),
    }


def test_indices_count_from_the_start_of_the_whole_data_set() -> None:
    data = levels([99, 30, 95, 30, 80], [0, 1, 1, 2, 2])
    found = evaluate(ToldClassifier(_with_doubt), data, first_index=100)
    assert [image.index for image in found.hardest] == [102, 104, 101, 103]


def test_the_hardest_are_named_as_the_model_names_its_classes() -> None:
    images = levels([90, 190, 90]).stack
    data = ImageSet(images, np.array([0, 0, 1], np.int64), ("dress", "bag"))
    hardest = evaluate(ToldClassifier(_with_doubt), data).hardest
    assert [(image.index, image.label, image.answer) for image in hardest] == [
        (0, "dress", "bag"),
        (1, "dress", "coat"),
    ]


def test_no_more_than_twenty_are_the_hardest() -> None:
    found = evaluate(ToldClassifier(_with_doubt), levels(list(range(40)), [1] * 40))
    assert [image.index for image in found.hardest] == list(range(39, 39 - HARDEST, -1))


def test_robustness_is_scored_where_it_is_asked_for() -> None:
    data = levels([0, 110, 200, 0], [0, 1, 2, 1])
    found = evaluate(ToldClassifier(by_level), data, robustness=True)
    assert found.robustness is not None
    assert found.robustness.clean == found.accuracy == 0.75
    # Contrast changes nothing in a blank image.
    assert found.robustness.corruptions["contrast"].accuracies == (0.75,) * 5
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


def test_robustness_knows_the_classes_by_name() -> None:
    data = ImageSet(levels([0, 200]).stack, np.array([1, 0], np.int64), ("dress", "bag"))
    found = evaluate(ToldClassifier(by_level), data, robustness=True)
    assert found.robustness is not None
    assert found.robustness.clean == 1.0


def test_other_sets_need_a_model_that_tells_novelty() -> None:
    data, other = levels([10, 20], [0, 0]), levels([99])
    found = evaluate(ToldClassifier(_with_doubt), data, novel={"y.pickle": other})
    assert found.novelty is not None
    assert found.novelty.against[-1].name == "y.pickle"
    assert found.novelty.against[-1].auroc == 1.0
    with pytest.raises(SettingsError, match="tells no novelty"):
        evaluate(ToldClassifier(by_level), data, novel={"y.pickle": other})
