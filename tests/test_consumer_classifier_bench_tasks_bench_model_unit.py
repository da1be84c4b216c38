"""Tests of timing a model and comparing its answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from classifier_samples import SIDE, stripes, trained

from consumer.classifier.bench import tasks
from consumer.classifier.bench.tasks import MADE, Report, bench_model
from consumer.classifier.bench.timing import Plan
from consumer.classifier.checkpoint import save_checkpoint
from shared.intake.imageset import ImageSet

QUICK = Plan(batches=(1, 2), seconds=0.01)


@pytest.fixture(name="model")
def fixture_model(tmp_path: Path) -> str:
    """A checkpoint that cannot be run in integers."""
    path = tmp_path / "m.safetensors"
    save_checkpoint(trained(), path)
    return str(path)


def test_it_reports_what_was_timed_on_what(model: str) -> None:
    found = bench_model(model, None, QUICK)
    assert [(row.path, row.batch) for row in found.rows] == [
        (path, batch) for batch in (1, 2) for path in ("plain-fp32", "eager-fp32", "eager-bf16")
    ]
    assert all(row.median_ms > 0 and row.ratio is not None for row in found.rows)
    assert (found.model, found.images) == ("sample", f"{MADE} made")
    assert found.torch == torch.__version__
    assert found.machine
    assert list(found.impossible) == ["int8"]
    assert isinstance(found, Report)
    assert json.loads(json.dumps(found.as_dict()))["rows"][0]["path"] == "plain-fp32"


def test_images_of_a_data_set_are_made_to_fit(model: str) -> None:
    data = stripes(30, side=SIDE + 3)
    assert bench_model(model, data, QUICK).images == "30 of stripes"


def test_of_a_large_data_set_it_takes_the_last_images(
    monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.setattr(tasks, "MOST_IMAGES", 2)
    stack = np.arange(3 * SIDE * SIDE, dtype=np.uint32).reshape(3, SIDE, SIDE).astype(np.uint8)
    data = ImageSet(stack, np.zeros(3, np.int64), ("a", "b"), "three")
    assert bench_model(model, data, QUICK).images == "2 of three"
