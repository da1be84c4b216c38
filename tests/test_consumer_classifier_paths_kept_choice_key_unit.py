"""Tests of what a choice depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from classifier_samples import random_model, trained

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.paths.kept import choice_key


def _ranges() -> Checkpoint:
    found = trained()
    return replace(found, card=found.card.model_copy(update={"ranges": (1.0,)}))


def test_the_same_has_the_same_key() -> None:
    key = choice_key(trained(), 1)
    assert key == choice_key(trained(), 1)
    assert len(key) == 64


@pytest.mark.parametrize(
    ("checkpoint", "threads", "machine"),
    [
        (replace(trained(), model=random_model(seed=1)), 1, "this"),
        (_ranges(), 1, "this"),
        (trained(input_size=(28, 28)), 1, "this"),
        (trained(), 2, "this"),
        (trained(), 1, "another"),
    ],
)
def test_anything_else_has_another(checkpoint: Checkpoint, threads: int, machine: str) -> None:
    assert choice_key(checkpoint, threads, machine) != choice_key(trained(), 1, "this")


def test_another_pytorch_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = choice_key(trained(), 1, "this")
    monkeypatch.setattr(torch, "__version__", "9.0")
    assert choice_key(trained(), 1, "this") != before
