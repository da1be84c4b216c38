"""Tests of the network."""

from __future__ import annotations

import pytest
import torch

from consumer.classifier.model import GarmentNet, in_format, parameter_count


def test_the_network_for_ten_classes_has_288170_parameters() -> None:
    assert parameter_count(GarmentNet(10)) == 288_170


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
