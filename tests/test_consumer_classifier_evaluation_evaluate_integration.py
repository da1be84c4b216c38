"""The model of the package, scored on the images it was validated on."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.classifier.evaluation import evaluate, part
from consumer.classifier.inference import Classifier
from shared.intake.catalog import named_dataset
from shared.intake.idx import imageset_from_idx

TWO_IMAGES = 0.0004


@pytest.mark.real_data
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_validation_images_give_the_figure_of_the_card(
    real_data_dir: Path, precision: str
) -> None:
    named = named_dataset("fashion-mnist")
    split = named.split("train")
    folder = real_data_dir / "fashion-mnist"
    images, labels = ((folder / name).read_bytes() for name in (split.images, split.labels))
    data = imageset_from_idx(images, labels, classes=named.classes, where="fashion-mnist train")
    classifier = Classifier.load(precision=precision)
    found = evaluate(classifier, part(data, last=classifier.card.validation_images))
    tolerance = TWO_IMAGES if precision == "fp32" else 5 * TWO_IMAGES
    assert found.accuracy == pytest.approx(classifier.card.validation_accuracy, abs=tolerance)
    assert found.accuracy >= 0.945
    assert data.digest() == classifier.card.training.data_digest
