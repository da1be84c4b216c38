"""Tests of faults.sabotage.Sabotage."""

from __future__ import annotations

import json

import numpy as np
import pytest
from classifier_samples import engine

from consumer.classifier.inference import Classifier
from faults.sabotage import Sabotage, sabotage


def test_it_survives_the_way_to_another_process() -> None:
    harm = Sabotage(slow_s=0.5, blow="raise", at=3, clock_s=3600.0)

    assert Sabotage(**json.loads(json.dumps(harm.plain()))) == harm


def test_the_blow_falls_at_its_batch_and_the_warming_up_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("__init__", "classify"):
        # So that they are put back afterwards.
        monkeypatch.setattr(Classifier, name, getattr(Classifier, name))
    sabotage(Sabotage(blow="raise", at=2))
    classifier = engine(("a", "b", "c"))
    images = np.zeros((1, 12, 12), np.uint8)

    assert len(classifier.classify(images)) == 1
    with pytest.raises(RuntimeError, match="sabotaged"):
        classifier.classify(images)
    assert len(classifier.classify(images)) == 1
