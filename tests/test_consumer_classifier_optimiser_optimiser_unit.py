"""Tests of the optimiser of a whole network."""

from __future__ import annotations

import copy

import torch
from torch import nn

from consumer.classifier.card import Recipe
from consumer.classifier.optimiser import Optimiser


def _moved(share: float, recipe: Recipe) -> dict[str, bool]:
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2))
    before = copy.deepcopy(model.state_dict())
    optimiser = Optimiser(model, recipe)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step(share)
    return {key: not torch.equal(value, before[key]) for key, value in model.named_parameters()}


def test_every_parameter_moves() -> None:
    assert all(_moved(1.0, Recipe()).values())


def test_convolutions_are_left_to_muon_and_the_rest_to_sgd() -> None:
    moved = _moved(1.0, Recipe(sgd_rate=0.0))
    assert moved == {"0.weight": True, "1.weight": False, "1.bias": False}


def test_no_share_of_the_learning_rate_is_no_step() -> None:
    assert not any(_moved(0.0, Recipe()).values())


def test_sgd_without_momentum_is_allowed() -> None:
    assert all(_moved(1.0, Recipe(sgd_momentum=0.0)).values())
