"""Tests of folding the batch normalisation into the convolutions."""

from __future__ import annotations

import torch
from classifier_samples import random_model
from torch import nn

from consumer.classifier.model import folded


def test_folding_changes_logits_by_rounding_only() -> None:
    model = random_model(5)
    images = torch.rand(8, 1, 28, 28)
    torch.testing.assert_close(folded(model)(images), model(images), rtol=1e-4, atol=1e-5)


def test_nothing_is_left_of_the_normalisation_and_the_model_is_untouched() -> None:
    model = random_model()
    layers = [type(layer) for layer in folded(model).modules()]
    assert nn.BatchNorm2d not in layers
    assert layers.count(nn.Conv2d) == 5
    assert nn.BatchNorm2d in [type(layer) for layer in model.modules()]
