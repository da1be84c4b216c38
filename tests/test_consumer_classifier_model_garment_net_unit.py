"""Tests of the network."""

from __future__ import annotations

import pytest
import torch

from consumer.classifier.model import (
    ARCHITECTURES,
    GarmentNet,
    description_width,
    in_format,
    parameter_count,
)


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [("vgg-32-64-128", 288_170), ("chain-1-2-3", 426_602), ("chain-mini", 70_330)],
)
def test_each_network_has_as_many_parameters_as_are_told(
    architecture: str, parameters: int
) -> None:
    assert parameter_count(GarmentNet(10, architecture)) == parameters


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_description_comes_with_the_same_logits(architecture: str) -> None:
    model = GarmentNet(3, architecture).eval()
    images = torch.rand(2, 1, 12, 12)
    logits, descriptions = model.described(images)
    torch.testing.assert_close(logits, model(images))
    assert descriptions.shape == (2, description_width(architecture))
    assert (descriptions >= 0).all()


@pytest.mark.parametrize("size", [(28, 28), (4, 4), (13, 30)])
def test_it_gives_a_logit_for_each_class(size: tuple[int, int]) -> None:
    assert GarmentNet(7).eval()(torch.zeros(3, 1, *size)).shape == (3, 7)


def test_the_memory_format_changes_the_layout_and_not_the_answer() -> None:
    torch.manual_seed(0)
    model = GarmentNet(3).eval()
    images = torch.rand(2, 1, 12, 12)
    before = model(images)
    moved = in_format(model, torch.channels_last)
    weight = list(moved.parameters())[3]
    assert weight.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(moved(images), before)
