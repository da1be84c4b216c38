"""Tests of scoring how a classifier tells other images from those of a data set."""

from __future__ import annotations

import re

import numpy as np
import pytest
from evaluation_samples import Images, ToldClassifier, by_level, levels

from consumer.classifier.answers import Answers
from consumer.classifier.novelties import NoveltyScore, Unlike, measure_novelty
from shared.errors import SettingsError

USUAL = levels([0, 51, 51, 153])


def _by_mean(images: Images) -> Answers:
    """As novel as it is bright, 0..1."""
    told = by_level(images)
    novelty = images.mean((1, 2), dtype=np.float32) / np.float32(255)
    return Answers(told.labels, told.confidences, None, novelty)


def _measured(others: dict[str, list[int]] | None = None) -> NoveltyScore:
    classifier = ToldClassifier(_by_mean)
    usual = classifier.classify(USUAL.stack).novelty
    sets = {name: levels(shown) for name, shown in (others or {}).items()}
    found = measure_novelty(classifier, USUAL, usual, sets)
    assert found is not None
    return found


def test_figures_are_as_counted_by_hand() -> None:
    found = _measured({"noise": [0, 255]})
    # 0, 0.2, 0.2 and 0.6 against 1, 0.8, 0.8 and 0.4; then against 0 and 1.
    assert found.novel == 0.25
    assert found.against[0] == Unlike(name="inverted", images=4, auroc=15 / 16, novel=0.75)
    assert found.against[3] == Unlike(name="noise", images=2, auroc=(0.5 + 4) / 8, novel=0.5)
    assert NoveltyScore.model_validate_json(found.model_dump_json()) == found


def test_noise_and_blank_images_are_made() -> None:
    noise, blank = _measured().against[1:]
    assert (noise.name, noise.images, blank.name, blank.images) == ("noise", 4, "blank", 256)
    # Noise has a mean of about one half, and half of all levels are bright.
    assert noise.auroc == 0.75
    assert blank.novel == 0.5


def test_noise_is_the_same_every_time() -> None:
    assert _measured() == _measured()


def test_a_model_without_novelty_has_no_figures() -> None:
    assert measure_novelty(ToldClassifier(by_level), USUAL, None, {}) is None


def test_other_sets_are_refused_where_a_model_tells_no_novelty() -> None:
    message = (
        "a model that tells no novelty in option --novel: got sample; "
        "consumer calibrate measures its doubt"
    )
    with pytest.raises(SettingsError, match=re.escape(message)):
        measure_novelty(ToldClassifier(by_level), USUAL, None, {"x": USUAL})
