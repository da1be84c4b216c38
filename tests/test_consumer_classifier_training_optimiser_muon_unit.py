"""Tests of Muon."""

from __future__ import annotations

import torch

from consumer.classifier.training.optimiser import Muon


def test_it_brings_a_weight_to_its_target_whatever_the_memory_format() -> None:
    random = torch.Generator().manual_seed(0)
    target = torch.randn(4, 2, 3, 3, generator=random)
    weights = [
        torch.zeros(4, 2, 3, 3).contiguous(memory_format=memory_format).requires_grad_()
        for memory_format in (torch.contiguous_format, torch.channels_last)
    ]
    muon = Muon(weights, decay=0.0, momentum=0.9)
    for step in range(200):
        for weight in weights:
            weight.grad = (weight - target).detach()
        muon.step(0.2 * (1 - step / 200))
    assert (weights[0] - target).norm() < 0.05 * target.norm()
    torch.testing.assert_close(weights[1], weights[0])


def test_weight_decay_shrinks_a_weight_without_a_slope() -> None:
    weight = torch.ones(2, 2, requires_grad=True)
    weight.grad = torch.zeros(2, 2)
    Muon([weight], decay=0.5, momentum=0.9).step(0.1)
    torch.testing.assert_close(weight.detach(), torch.full((2, 2), 0.95))


def test_a_parameter_without_gradient_is_left_alone() -> None:
    weight = torch.ones(2, 2)
    Muon([weight], decay=0.5, momentum=0.9).step(0.1)
    assert torch.equal(weight, torch.ones(2, 2))
