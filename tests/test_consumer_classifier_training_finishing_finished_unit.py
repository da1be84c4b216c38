"""Tests of measuring what a card says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from classifier_samples import ARCHITECTURE, SIDE, random_model
from finishing_parts import ABOUT, NORMALISATION, examples, finish

from consumer.classifier.int8 import activation_ranges
from consumer.classifier.model import parameter_count
from consumer.classifier.training.examples import accuracies_of, outputs
from consumer.classifier.training.finishing import finished


def test_weights_are_rounded_to_half_their_bits_and_not_further() -> None:
    before = random_model().state_dict()
    after = finish().model.state_dict()
    assert after.keys() == before.keys()
    for key, value in before.items():
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(after[key], expected)
        assert after[key].dtype == value.dtype


def test_what_half_the_bits_cannot_hold_stays_as_it_is() -> None:
    model = random_model()
    bias = torch.tensor([1e6 + 0.5, 0.1])
    model.load_state_dict({**model.state_dict(), "head.bias": bias})
    after = finish(model).model.state_dict()
    assert torch.equal(after["head.bias"], bias)
    weight = random_model().state_dict()["head.weight"]
    assert torch.equal(after["head.weight"], weight.half().float())


def test_the_card_says_what_the_rounded_network_does() -> None:
    checkpoint = finished(random_model(), NORMALISATION, examples(60, 0), examples(200, 1), ABOUT)
    model, card = checkpoint.model, checkpoint.card
    accuracies = accuracies_of(model, NORMALISATION, examples(200, 1))
    assert (card.validation_accuracy, card.validation_accuracy_flip) == (
        accuracies.plain,
        accuracies.flip,
    )
    assert (card.architecture, card.input_size) == (ARCHITECTURE, (SIDE, SIDE))
    assert (card.mean, card.deviation) == (NORMALISATION.mean, NORMALISATION.deviation)
    assert (card.parameters, card.validation_images) == (parameter_count(model), 200)


def test_the_doubt_was_measured_on_the_validation_images() -> None:
    checkpoint = finish()
    doubt, likeness = checkpoint.card.doubt, checkpoint.likeness
    assert doubt is not None and doubt.novelty is not None and likeness is not None
    assert doubt.images == 200
    _, descriptions = outputs(checkpoint.model, NORMALISATION, examples(200, 1).images)
    found = likeness.distances(descriptions.numpy())
    assert doubt.novelty.distance == pytest.approx((found.mean(), found.std()), rel=1e-3)


def test_the_likeness_and_the_ranges_were_measured_on_the_training_images() -> None:
    checkpoint = finish()
    training = examples(60, 0)
    assert checkpoint.likeness is not None and checkpoint.card.ranges is not None
    _, descriptions = outputs(checkpoint.model, NORMALISATION, training.images)
    means = [
        (descriptions[training.labels == label].numpy() @ checkpoint.likeness.whitening).mean(0)
        for label in (0, 1)
    ]
    np.testing.assert_allclose(checkpoint.likeness.means, means, rtol=1e-2, atol=1e-2)
    ranges = activation_ranges(checkpoint.model, checkpoint.card, training.images[:, 0].numpy())
    assert checkpoint.card.ranges == pytest.approx(ranges)
