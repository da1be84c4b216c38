"""Tests of how pixels are shown to a network."""

from __future__ import annotations

import pytest
import torch
from classifier_samples import stripes

from consumer.classifier.training.examples import Normalisation


def test_what_it_was_measured_on_gets_mean_0_and_deviation_1() -> None:
    images = torch.from_numpy(stripes(50).stack[:, None])
    before = images.clone()
    found = Normalisation.of(images)(images)
    assert found.dtype == torch.float32
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert float(found.mean()) == pytest.approx(0, abs=1e-4)
    assert float(found.std(correction=0)) == pytest.approx(1, abs=1e-4)
    assert torch.equal(images, before)


def test_it_is_told_in_shares_of_white() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).reshape(2, 1, 1, 1)
    assert Normalisation.of(images) == Normalisation(0.5, 0.5)


def test_float_pixels_are_left_as_they_are() -> None:
    pixels = torch.full((1, 1, 4, 4), 51.0)
    found = Normalisation(0.1, 0.5)(pixels)
    assert torch.allclose(found, torch.full((1, 1, 4, 4), 0.2))
    assert torch.equal(pixels, torch.full((1, 1, 4, 4), 51.0))


def test_one_colour_keeps_it_finite() -> None:
    images = torch.full((3, 1, 4, 4), 255, dtype=torch.uint8)
    found = Normalisation.of(images)
    assert found.mean == 1.0
    assert found.deviation == pytest.approx(1 / 255)
    assert torch.equal(found(images), torch.zeros(3, 1, 4, 4))
