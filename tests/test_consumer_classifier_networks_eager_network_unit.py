"""Tests of the network operation by operation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifier_samples import SIDE, trained
from numpy.typing import NDArray

from consumer.classifier.networks import EagerNetwork, Network
from consumer.classifier.precision import Precision

IMAGES = np.random.default_rng(0).integers(0, 256, (9, SIDE, SIDE), dtype=np.uint8)


def _expected(images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    sample = trained()
    pixels = torch.from_numpy(images.copy()).unsqueeze(1) / 255
    with torch.inference_mode():
        logits, descriptions = sample.model.described(
            (pixels - sample.card.mean) / sample.card.deviation
        )
    return logits.numpy(), descriptions.numpy()


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.05)])
def test_it_gives_logits_and_descriptions_of_the_model(
    precision: Precision, tolerance: float
) -> None:
    network: Network = EagerNetwork(trained().model, trained().card, precision)
    found = network.run(IMAGES)
    logits, descriptions = _expected(IMAGES)
    assert network.name == f"eager-{precision}"
    assert found.descriptions is not None
    assert found.logits.dtype == found.descriptions.dtype == np.float32
    np.testing.assert_allclose(found.logits, logits, atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(found.descriptions, descriptions, atol=tolerance, rtol=tolerance)


def test_images_are_left_as_they_are_and_may_be_read_only_or_no_block() -> None:
    network = EagerNetwork(trained().model, trained().card, "fp32")
    frozen = IMAGES.copy()
    frozen.setflags(write=False)
    expected = network.run(frozen).logits
    np.testing.assert_array_equal(frozen, IMAGES)
    np.testing.assert_allclose(network.run(IMAGES[::-1]).logits[::-1], expected, atol=1e-5)


def test_something_else_may_stand_for_the_network() -> None:
    network = EagerNetwork(trained().model, trained().card, "fp32")
    shown: list[torch.Tensor] = []

    def described(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        shown.append(pixels)
        return torch.full((9, 2), 3.0), torch.full((9, 4), 2.0)

    found = network.run_by(described, IMAGES)
    assert (found.logits == 3).all() and found.descriptions is not None
    assert (found.descriptions == 2).all()
    np.testing.assert_allclose(shown[0][:, 0].numpy(), IMAGES - 255 * 0.4, atol=1e-4)
