"""Tests of the optimiser of a whole network."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import nn

from consumer.classifier.training.optimiser import Optimiser
from consumer.classifier.training.recipe import SGD, Recipe


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
    moved = _moved(1.0, Recipe(sgd=replace(SGD, rate=0.0)))
    assert moved == {"0.weight": True, "1.weight": False, "1.bias": False}


def test_no_share_of_the_learning_rate_is_no_step() -> None:
    assert not any(_moved(0.0, Recipe()).values())


def test_a_restored_optimiser_goes_on_as_the_first_one_would() -> None:
    recipe = Recipe()
    model = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2))
    first = Optimiser(model, recipe)
    _step(model, first)
    other = copy.deepcopy(model)
    second = Optimiser(other, recipe)
    second.restore({key: value.clone() for key, value in first.state().items()})
    for one, optimiser in ((model, first), (other, second)):
        _step(one, optimiser)
    pairs = zip(model.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(before, after) for before, after in pairs)


def _step(model: nn.Module, optimiser: Optimiser) -> None:
    for parameter in model.parameters():
        parameter.grad = torch.linspace(0, 1, parameter.numel()).reshape(parameter.shape)
    optimiser.step(1.0)


def test_sgd_without_momentum_is_allowed() -> None:
    assert all(_moved(1.0, Recipe(sgd=replace(SGD, momentum=0.0))).values())
