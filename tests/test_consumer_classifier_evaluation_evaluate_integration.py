"""The model of the package, scored on the images it was validated on."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.classifier.card import TrainedCard
from consumer.classifier.evaluation import evaluate, part
from consumer.classifier.inference import Classifier
from shared.intake.catalog import named_dataset
from shared.intake.idx import imageset_from_idx

TWO_IMAGES = 0.0004


@pytest.mark.real_data
@pytest.mark.parametrize("path", ["eager-fp32", "eager-bf16"])
def test_the_validation_images_give_the_figure_of_the_card(real_data_dir: Path, path: str) -> None:
    named = named_dataset("fashion-mnist")
    split = named.split("train")
    folder = real_data_dir / "fashion-mnist"
    images, labels = ((folder / name).read_bytes() for name in (split.images, split.labels))
    data = imageset_from_idx(images, labels, classes=named.classes, where="fashion-mnist train")
    classifier = Classifier.load(path=path)
    assert isinstance(classifier.card, TrainedCard)
    found = evaluate(classifier, part(data, last=classifier.card.validation_images))
    tolerance = TWO_IMAGES if path == "eager-fp32" else 5 * TWO_IMAGES
    assert found.accuracy == pytest.approx(classifier.card.validation_accuracy, abs=tolerance)
    assert found.accuracy >= 0.945
    assert data.digest() == classifier.card.training.data_digest
    assert found.calibration is not None
    assert found.calibration.error < 0.02
    assert found.calibration.coverage == pytest.approx(0.99, abs=0.003)
    assert found.novelty is not None
    assert found.novelty.novel < 0.02
    assert all(other.auroc > 0.97 for other in found.novelty.against)
