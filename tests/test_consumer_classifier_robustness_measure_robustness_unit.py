"""Tests of scoring a classifier on corrupted images."""

from __future__ import annotations

import numpy as np
import pytest
from classifier_samples import SIDE, engine, stripes
from evaluation_samples import Images, ToldClassifier, by_level, levels
from pydantic import ValidationError

from consumer.classifier.answers import Answers
from consumer.classifier.corruptions import KINDS
from consumer.classifier.robustness import CorruptedScore, Robustness, measure_robustness

CENTRE = SIDE // 2


def _exact(images: Images) -> Answers:
    """Class 1 where the middle pixel is exactly 100, else class 0."""
    labels = (images[:, CENTRE, CENTRE] == 100).astype(np.int16)
    return Answers(labels, np.full(len(images), 0.5, np.float32))


def test_a_classifier_that_sees_no_pixels_loses_nothing() -> None:
    def constant(images: Images) -> Answers:
        return Answers(np.zeros(len(images), np.int16), np.ones(len(images), np.float32))

    found = measure_robustness(ToldClassifier(constant), levels([10, 90]), np.array([0, 1]))
    assert (found.clean, found.mean_loss) == (0.5, 0.0)
    assert set(found.corruptions) == set(KINDS)
    assert found.corruptions["blur"] == CorruptedScore(accuracies=(0.5,) * 5, mean_loss=0.0)


def test_losses_are_those_of_the_images_that_change_their_class() -> None:
    # Half of the images are of level 100, which any change of brightness leaves; contrast does not
    # change a blank image at all.
    data, truth = levels([100, 0] * 40), np.array([1, 0] * 40)
    found = measure_robustness(ToldClassifier(_exact), data, truth)
    assert found.clean == 1.0
    assert found.corruptions["brightness"] == CorruptedScore(accuracies=(0.5,) * 5, mean_loss=50.0)
    assert found.corruptions["contrast"] == CorruptedScore(accuracies=(1.0,) * 5, mean_loss=0.0)
    losses = [score.mean_loss for score in found.corruptions.values()]
    assert found.mean_loss == pytest.approx(np.mean(losses))


def test_images_meet_their_own_class_in_every_batch() -> None:
    shown = [0, 100, 200] * 50
    truth = np.array(shown) // 100
    found = measure_robustness(ToldClassifier(by_level), levels(shown), truth)
    assert found.clean == found.corruptions["contrast"].accuracies[4] == 1.0


def test_the_same_images_give_the_same_figures() -> None:
    data, classifier = stripes(40), engine()
    assert data.labels is not None
    found = measure_robustness(classifier, data, data.labels)
    assert measure_robustness(classifier, data, data.labels) == found
    assert Robustness.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("accuracies", [(0.5,) * 4, (0.5,) * 6, (0.5, 0.5, 0.5, 0.5, 1.5)])
def test_five_shares_are_a_corrupted_score(accuracies: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError):
        CorruptedScore(accuracies=accuracies, mean_loss=0.0)
