"""Tests of what a network makes of images."""

from __future__ import annotations

import pytest
import torch
from classifier_samples import random_model, stripes

from consumer.classifier.training.examples import EVALUATION_BATCH, Normalisation, outputs

NORMALISATION = Normalisation(0.4, 0.25)


@pytest.mark.parametrize("count", [1, EVALUATION_BATCH, EVALUATION_BATCH + 1])
def test_portions_give_what_all_at_once_would(count: int) -> None:
    model = random_model()
    images = torch.from_numpy(stripes(count).stack[:, None])
    logits, descriptions = outputs(model, NORMALISATION, images)
    with torch.inference_mode():
        expected, told = model.described((images / 255 - 0.4) / 0.25)
    assert logits.shape == (count, 2)
    assert descriptions.shape == (count, 16 + 32)
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(descriptions, told, atol=1e-4, rtol=1e-4)
    assert not logits.requires_grad
