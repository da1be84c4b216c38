"""Tests of the ranges of activations."""

from __future__ import annotations

import numpy as np
import torch
from classifier_samples import card, random_model, stripes
from numpy.typing import NDArray
from torch import Tensor, nn

from consumer.classifier.int8 import BATCH, activation_ranges


def _images(count: int) -> NDArray[np.uint8]:
    return stripes(count, seed=2).stack


def _maxima(images: NDArray[np.uint8]) -> list[float]:
    """Of the outputs of each ReLU, by the model as it was trained."""
    model = random_model()
    seen: list[float] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> None:
        seen.append(float(output.max()))

    for layer in model.modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_hook(keep)
    with torch.inference_mode():
        model((torch.from_numpy(images).unsqueeze(1) / 255 - card().mean) / card().deviation)
    return seen


def test_of_one_batch_they_are_the_maxima_of_all_layers_but_the_last() -> None:
    images = _images(20)
    found = activation_ranges(random_model(), card(), images)
    np.testing.assert_allclose(found, _maxima(images)[:-1], rtol=1e-4)


def test_of_several_batches_they_are_the_means_of_these() -> None:
    images = _images(BATCH + 30)
    found = activation_ranges(random_model(), card(), images)
    both = [_maxima(images[:BATCH]), _maxima(images[BATCH:])]
    np.testing.assert_allclose(found, np.mean(both, 0)[:-1], rtol=1e-4)


def test_a_layer_that_is_never_active_has_a_range_above_0() -> None:
    model = random_model()
    normalisation = next(one for one in model.modules() if isinstance(one, nn.BatchNorm2d))
    nn.init.constant_(normalisation.bias, -1e6)
    first, *_ = activation_ranges(model, card(), _images(4))
    assert 0 < first < 1e-3


def test_they_fit_a_card() -> None:
    ranges = activation_ranges(random_model(), card(), _images(4))
    assert card(ranges=ranges).ranges == ranges
