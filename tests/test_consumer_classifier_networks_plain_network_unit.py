"""Tests of the reference: the network as it was trained."""

from __future__ import annotations

import numpy as np
import torch
from classifier_samples import SIDE, trained

from consumer.classifier.networks import EagerNetwork, Network, Outputs, PlainNetwork


def test_it_gives_the_logits_of_the_model_and_no_descriptions() -> None:
    found = trained()
    images = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE), dtype=np.uint8)
    images.setflags(write=False)
    plain: Network = PlainNetwork(found.model, found.card)
    outputs = plain.run(images)
    pixels = torch.from_numpy(images.copy()).unsqueeze(1) / 255
    with torch.inference_mode():
        expected = found.model((pixels - found.card.mean) / found.card.deviation).numpy()
    assert isinstance(outputs, Outputs)
    assert plain.name == "plain-fp32"
    assert outputs.descriptions is None
    np.testing.assert_allclose(outputs.logits, expected, rtol=1e-5)
    eager = EagerNetwork(found.model, found.card, "fp32").run(images).logits
    np.testing.assert_allclose(outputs.logits, eager, atol=1e-4)
