"""Tests of the network in integers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from classifier_samples import SIDE, stripes
from numpy.typing import NDArray
from paths_samples import int8_network, ranged

from consumer.classifier.int8 import Int8Network
from consumer.classifier.networks import EagerNetwork, Outputs
from consumer.classifier.paths.agreement import agreement
from shared.errors import ModelError

CLASSES = ("a", "b", "c", "d", "e")


def _images(count: int) -> NDArray[np.uint8]:
    return stripes(count, seed=1).stack


def _in_fp32(images: NDArray[np.uint8]) -> Outputs:
    found = ranged(CLASSES)
    return EagerNetwork(found.model, found.card, "fp32").run(images)


def _distance(first: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float:
    assert first is not None and other is not None
    return float(np.abs(first - other).max())


@pytest.mark.parametrize("count", [1, 3, 64])
def test_it_gives_the_logits_and_descriptions_of_fp32_nearly(count: int) -> None:
    found = int8_network(ranged(CLASSES)).run(_images(count))
    expected = _in_fp32(_images(count))
    assert found.logits.dtype == np.float32
    assert found.logits.shape == (count, 5)
    assert _distance(found.logits, expected.logits) < 0.05 * np.abs(expected.logits).max()
    assert _distance(found.descriptions, expected.descriptions) < 0.05


def test_an_image_has_the_same_answer_in_a_batch_of_any_size() -> None:
    network = int8_network(ranged(CLASSES))
    images = _images(64)
    alone = np.concatenate([network.run(image[None]).logits for image in images])
    np.testing.assert_allclose(network.run(images).logits, alone, atol=1e-5)


@pytest.mark.parametrize("value", [0, 255])
def test_the_border_is_padded_with_the_mean(value: int) -> None:
    images = np.full((1, SIDE, SIDE), value, np.uint8)
    expected = _in_fp32(images)
    found = int8_network(ranged(CLASSES)).run(images)
    assert _distance(found.logits, expected.logits) < 0.1 * np.abs(expected.logits).max()


# Both sides of every pooling are odd once.
@pytest.mark.parametrize("size", [(4, 4), (13, 15), (14, 7)])
def test_sides_need_not_be_even(size: tuple[int, int]) -> None:
    checkpoint = ranged(CLASSES, input_size=size)
    images = np.random.default_rng(0).integers(40, 200, (8, *size), dtype=np.uint8)
    expected = EagerNetwork(checkpoint.model, checkpoint.card, "fp32").run(images)
    assert agreement(expected, int8_network(checkpoint).run(images)).error < 0.2


def test_images_that_may_not_be_written_to_or_are_no_block_are_taken() -> None:
    network = int8_network(ranged(CLASSES))
    images = _images(6)
    frozen = images.copy()
    frozen.setflags(write=False)
    expected = network.run(images).logits
    np.testing.assert_array_equal(network.run(frozen).logits, expected)
    np.testing.assert_array_equal(network.run(images[::-1]).logits, expected[::-1])


def test_the_model_given_is_left_as_it_was() -> None:
    checkpoint = ranged()
    before = {key: value.clone() for key, value in checkpoint.model.state_dict().items()}
    int8_network(checkpoint).run(_images(2))
    after = checkpoint.model.state_dict()
    assert all(torch.equal(before[key], value) for key, value in after.items())


@pytest.mark.parametrize(("ranges", "got"), [(None, ""), ((1.0, 2.0), ", got 2")])
def test_without_a_range_of_each_layer_it_is_refused(
    ranges: tuple[float, ...] | None, got: str
) -> None:
    checkpoint = ranged()
    needed = len(checkpoint.card.ranges or ())
    card = checkpoint.card.model_copy(update={"ranges": ranges})
    message = f"no activation ranges for int8 in the card of model sample: expected {needed}{got};"
    with pytest.raises(ModelError, match=message):
        Int8Network(replace(checkpoint, card=card).model, card)
