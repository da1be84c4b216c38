"""The page on the classifier: what is generated of it is what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from consumer.classifier.corruptions import KINDS, SEVERITIES
from consumer.classifier.evaluation import Evaluation, HardImage
from consumer.classifier.novelties import NoveltyScore, Unlike
from consumer.classifier.robustness import CorruptedScore, Robustness
from shared.doubt import RELIABILITY_BINS, Calibration, ReliabilityBin
from shared.reports import ClassScore
from tools.classifier_page import Measured, main, parts_of

PLOTS = ("confusion.svg", "curves.svg", "reliability.svg", "robustness.svg")
LINES = [
    {"run": run, "epoch": k, "validation_accuracy": 0.9, "validation_accuracy_flip": 0.91}
    for run in ("fold-1", "final")
    for k in (1, 2)
]
SEEN = {"7": "a bag, cut", "9": "a coat"}


def _evaluation(loss: float) -> Evaluation:
    bins = [ReliabilityBin(frames=0)] * (RELIABILITY_BINS - 1)
    last = ReliabilityBin(frames=4, confidence=0.97, accuracy=0.5)
    accuracies = (1.0 - loss / 100,) * len(SEVERITIES)
    score = CorruptedScore(accuracies=accuracies, mean_loss=loss)
    return Evaluation(
        accuracy=0.5,
        scored=4,
        classes=("bag", "coat"),
        per_class=(
            ClassScore(name="bag", support=2, precision=0.5, recall=0.5),
            ClassScore(name="coat", support=2, precision=0.5, recall=0.5),
        ),
        confusion=((1, 1), (1, 1)),
        calibration=Calibration(
            frames=4, error=0.47, bins=(*bins, last), sets=4, coverage=0.75, mean_set_size=1.25
        ),
        model="m",
        path="int8",
        dataset="train.pkl",
        dataset_digest="0" * 64,
        mean_confidence=0.97,
        class_coverage=(1.0, 0.5),
        hardest=(
            HardImage(index=7, label="bag", answer="coat", confidence=0.99),
            HardImage(index=9, label="coat", answer="bag", confidence=0.98),
        ),
        novelty=NoveltyScore(
            novel=0.01, against=(Unlike(name="digits.pkl", images=9, auroc=0.99, novel=0.8),)
        ),
        robustness=Robustness(
            clean=1.0, mean_loss=loss, corruptions={kind: score for kind in KINDS}
        ),
    )


def _folder(path: Path) -> Path:
    folder = path / "page"
    folder.mkdir()
    for name, loss in (("evaluation", 4.0), ("plain", 10.0)):
        (folder / f"{name}.json").write_text(_evaluation(loss).model_dump_json())
    (folder / "training.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LINES))
    (folder / "seen.json").write_text(json.dumps(SEEN))
    return folder


def test_tables_stand_side_by_side_with_the_plain_network(tmp_path: Path) -> None:
    parts = parts_of(Measured.read(_folder(tmp_path)))
    figures = parts["figures"]()
    assert "| accuracy | 50.00 % | 50.00 % |\n" in figures
    assert "| digits: area under the ROC curve | 0.9900 | 0.9900 |\n" in figures
    assert "| points lost under corruptions, mean | 4.0 | 10.0 |\n" in figures
    assert parts["losses"]().endswith("| **all** | 4.0 | 10.0 |\n")
    assert "| coat | 50.0 % | 50.0 % | 50.0 % | bag 1 |\n" in parts["classes"]()
    assert "| 7 | bag | coat, 99 % | a bag, cut |\n" in parts["hardest"]()


def test_an_image_that_nobody_has_looked_at_is_an_error(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "seen.json").write_text('{"7": "a bag"}')
    with pytest.raises(KeyError, match="9"):
        parts_of(Measured.read(folder))["hardest"]()


def test_the_page_is_filled_and_its_plots_are_drawn_alike_each_time(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("# x\n<!-- begin figures -->\nOLD\n<!-- end figures -->\nby hand\n")
    with pytest.raises(typer.Exit):
        main(page, check=True)
    main(page)
    main(page, check=True)
    assert "OLD" not in page.read_text() and page.read_text().endswith("by hand\n")
    first = {name: (folder / name).read_bytes() for name in PLOTS}
    main(page)
    assert first == {name: (folder / name).read_bytes() for name in PLOTS}
    assert b"bag" in first["confusion.svg"] and b"fold-1" in first["curves.svg"]
