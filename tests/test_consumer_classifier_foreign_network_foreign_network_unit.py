"""ForeignNetwork: images prepared as the card says, and no answer trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from foreign_samples import model_card, noise
from numpy.typing import NDArray

from consumer.classifier.foreign.network import ForeignNetwork, Runner, check_inputs, probe
from consumer.classifier.networks import Outputs
from shared.errors import ModelError

Floats = NDArray[np.float32]


@dataclass
class FakeRunner:
    """Answers with what a function makes of the pixels.

    Args:
        answer: the function.
        batch: so many images at once, or any number.
    """

    answer: Callable[[Floats], Any]
    batch: int | None = None
    name: str = "fake"

    def __call__(self, pixels: Floats) -> object:
        """The function's answer."""
        return self.answer(pixels)


def _means(pixels: Floats) -> Floats:
    means = pixels.reshape(len(pixels), -1).mean(1)
    return np.stack([means, -means], 1)


def _watched(seen: list[Floats]) -> Callable[[Floats], Floats]:
    """An answer that keeps what it is asked."""

    def answer(pixels: Floats) -> Floats:
        seen.append(pixels)
        return _means(pixels)

    return answer


def _network(answer: Callable[[Floats], Any], batch: int | None = None) -> ForeignNetwork:
    runner: Runner = FakeRunner(answer, batch)
    return ForeignNetwork(runner, model_card(), "there")


def test_gray_pixels_are_scaled_and_normalised() -> None:
    seen: list[Floats] = []
    network = _network(_watched(seen))
    images = noise(3)
    assert network.run(images).descriptions is None
    assert seen[0].dtype == np.float32
    np.testing.assert_allclose(seen[0], (images[:, None] / 255 - 0.4) / 0.25, atol=1e-5)


def test_each_colour_has_its_own_mean_and_deviation() -> None:
    card = model_card(channels=3, mean=(0.1, 0.2, 0.3), deviation=(0.5, 0.25, 1.0))
    seen: list[Floats] = []
    runner = FakeRunner(_watched(seen))
    images = noise(2, channels=3)
    ForeignNetwork(runner, card, "there").run(images)
    assert seen[0].flags.c_contiguous
    for channel, (mean, deviation) in enumerate(((0.1, 0.5), (0.2, 0.25), (0.3, 1.0))):
        expected = (images[..., channel] / 255 - mean) / deviation
        np.testing.assert_allclose(seen[0][:, channel], expected, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 3, 8])
def test_a_model_of_one_batch_size_gets_no_other(batch: int) -> None:
    seen: list[Floats] = []
    network = _network(_watched(seen), batch)
    images = noise(5)
    np.testing.assert_allclose(network.run(images).logits, _network(_means).run(images).logits)
    assert {len(pixels) for pixels in seen} == {batch}


@pytest.mark.parametrize(
    "kind", [np.float64, np.float16, np.int64, torch.float32, torch.bfloat16, torch.int32]
)
def test_numbers_of_any_type_become_float32(kind: Any) -> None:
    def answer(pixels: Floats) -> Any:
        ones = [[1, 2]] * len(pixels)
        if isinstance(kind, torch.dtype):
            return torch.tensor(ones, dtype=kind, requires_grad=kind.is_floating_point)
        return np.array(ones, kind)

    logits = _network(answer).run(noise(2)).logits
    assert logits.dtype == np.float32
    np.testing.assert_array_equal(logits, [[1, 2], [1, 2]])


KIND = r"wrong output of the model in there: expected one tensor of real numbers, \(2, 2\), got "


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda pixels: (_means(pixels),), KIND + "a tuple of 1; wrap it so that"),
        (lambda pixels: [1, 2], KIND + "a list of 2"),
        (lambda pixels: {"logits": 1, "loss": 2}, KIND + "a dict of logits, loss"),
        (lambda pixels: None, KIND + "a NoneType"),
        (lambda pixels: np.array(["a"]), KIND + "an array of <U1"),
        (lambda pixels: torch.zeros(2, 2, dtype=torch.complex64), KIND + "an array of complex64"),
        (
            lambda pixels: np.zeros((len(pixels), 1000)),
            r"wrong shape of the model's output in there: expected \(2, 2\), got \(2, 1000\); its "
            "card names 2 classes",
        ),
        (lambda pixels: np.zeros(2), r"expected \(2, 2\), got \(2,\)$"),
        (lambda pixels: np.zeros((2, 2, 1, 1)), r"expected \(2, 2\), got \(2, 2, 1, 1\)$"),
        (lambda pixels: np.full((2, 2), np.nan), "is not finite in there: expected finite logits"),
        (lambda pixels: np.array([[0, np.inf]] * 2), "is not finite"),
        (lambda pixels: np.array([[0, 1e300]] * 2), "is not finite"),
        (
            lambda pixels: np.array([[0, -1e7]] * 2),
            "output of the model is too large in there: expected logits within 1e6, got 1e.07",
        ),
    ],
)
def test_an_answer_of_another_kind_is_refused(
    answer: Callable[[Floats], Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        _network(answer).run(noise(2))


@pytest.mark.parametrize(
    ("sizes", "fits"),
    [
        ((None, 1, 12, 12), True),
        ((7, 1, 12, 12), True),
        ((None, None, None, None), True),
        ((None, 3, 12, 12), False),
        ((None, 1, 12, 13), False),
        ((None, 144), False),
        ((), False),
    ],
)
def test_declared_inputs_are_compared_with_the_card(
    sizes: tuple[int | None, ...], fits: bool
) -> None:
    if fits:
        check_inputs(sizes, model_card(), "there")
        return
    with pytest.raises(ModelError, match=r"expected \(n, 1, 12, 12\), got \("):
        check_inputs(sizes, model_card(), "there")


def test_a_probe_passes_a_model_that_fits() -> None:
    card = model_card()
    for batch in (None, 1, 4):
        probe(_network(_means, batch), card, "there")


def _quick_to_anger(pixels: Floats) -> Floats:
    if len(pixels) > 1:
        raise ValueError("one at a time")
    return _means(pixels)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            _quick_to_anger,
            r"cannot be run in there: expected to take float32 \(2, 1, 12, 12\), got ValueError: "
            "one at a time",
        ),
        (lambda pixels: _means(pixels)[:1], r"expected \(2, 2\), got \(1, 2\)"),
        (
            lambda pixels: _means(pixels - pixels.mean()) + 1e-9,
            "depends on chance, or on the image beside it in there.*call eval",
        ),
    ],
)
def test_a_probe_finds_what_one_image_does_not_show(
    answer: Callable[[Floats], Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        probe(_network(answer), model_card(), "there")


class NanNetwork(ForeignNetwork):
    """Answers with what is no number, unchecked."""

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Logits that are NaN."""
        return Outputs(np.full((len(images), 2), np.nan, np.float32))


def test_a_probe_takes_nan_for_no_answer() -> None:
    card = model_card()
    with pytest.raises(ModelError, match="depends on chance"):
        probe(NanNetwork(FakeRunner(_means), card, "there"), card, "there")
