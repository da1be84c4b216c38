"""Runs a user's own model as the engine wants it: pixels in, logits out, every answer checked."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from consumer.classifier.card import ModelCard
from consumer.classifier.foreign.trial import Trial
from consumer.classifier.networks import Outputs
from shared.errors import ModelError

Floats = NDArray[np.float32]

_NEAR = 0.1
"""Share of the largest logit. What is quantised batch by batch differs by some hundredths."""
_LARGEST = 1e6
"""Logits beyond it overflow where a small temperature divides them."""


class Runner(Protocol):
    """A foreign model of whatever format."""

    @property
    def name(self) -> str:
        """What to call this way of running it."""

    @property
    def batch(self) -> int | None:
        """So many images at once and no others; None where any number will do."""

    def __call__(self, pixels: Floats) -> object:
        """What the model makes of normalised float32 pixels (n, channels, height, width)."""


class ForeignNetwork:
    """A ``Network`` that prepares images as a card says and trusts no answer.

    Args:
        runner: the model.
        card: its card.
        where: the file or factory, for error messages.
    """

    def __init__(self, runner: Runner, card: ModelCard, where: object) -> None:
        self.name = runner.name
        self._runner = runner
        self._where = where
        self._classes = card.class_count
        mean, deviation = (_by_channel(value) for value in (card.mean, card.deviation))
        self._scale = (1 / (255 * deviation)).astype(np.float32)
        self._shift = (mean / deviation).astype(np.float32)

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W), or (n, H, W, 3).

        Raises:
            ModelError: the model's answer has another shape or kind, is not finite or beyond 1e6.
        """
        pixels = self._normalised(images)
        size = self._runner.batch or len(pixels)
        parts = [self._part(pixels[k : k + size], size) for k in range(0, len(pixels), size)]
        return Outputs(np.concatenate(parts))

    def _normalised(self, images: NDArray[np.uint8]) -> Floats:
        planes = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        pixels = planes.astype(np.float32, order="C")
        pixels *= self._scale
        pixels -= self._shift
        return pixels

    def _part(self, pixels: Floats, size: int) -> Floats:
        count = len(pixels)
        if count < size:
            pixels = np.concatenate([pixels, np.zeros((size - count, *pixels.shape[1:]), "f4")])
        return self._checked(self._runner(pixels), size)[:count]

    def _checked(self, output: object, count: int) -> Floats:
        expected = (count, self._classes)
        if isinstance(output, Tensor):
            output = output.detach().cpu()
            output = output.numpy() if output.is_complex() else output.float().numpy()
        if not isinstance(output, np.ndarray) or output.dtype.kind not in "fiu":
            raise ModelError(
                "wrong output of the model",
                where=self._where,
                expected=f"one tensor of real numbers, {expected}",
                got=_described(output),
                hint="wrap it so that it returns the logits alone",
            )
        if output.shape != expected:
            self._refuse_shape(output.shape, expected)
        with np.errstate(over="ignore"):
            logits = output.astype(np.float32)
        if not np.isfinite(logits).all():
            raise ModelError(
                "output of the model is not finite",
                where=self._where,
                expected="finite logits",
                got="infinity or NaN",
            )
        self._check_largest(logits)
        return logits

    def _check_largest(self, logits: Floats) -> None:
        largest = np.abs(logits).max(initial=0)
        if largest > _LARGEST:
            raise ModelError(
                "output of the model is too large",
                where=self._where,
                expected="logits within 1e6",
                got=f"{largest:.3g}",
                hint="return logits, neither sums nor pixels",
            )

    def _refuse_shape(self, shape: tuple[int, ...], expected: tuple[int, int]) -> None:
        raise ModelError(
            "wrong shape of the model's output",
            where=self._where,
            expected=expected,
            got=shape,
            hint=f"its card names {self._classes} classes" if len(shape) == 2 else None,
        )


def check_inputs(sizes: tuple[int | None, ...], card: ModelCard, where: object) -> None:
    """Compare the input that a model's file declares with its card.

    Args:
        sizes: of the four dimensions, None where any size will do.
        card: the model's card.
        where: what to blame.

    Raises:
        ModelError: another rank, other channels or another size.
    """
    wanted = (None, card.channels, *card.input_size)
    fits = len(sizes) == 4 and all(
        None in (ours, theirs) or ours == theirs for ours, theirs in zip(wanted, sizes)
    )
    if not fits:
        raise ModelError(
            "input of the model does not fit its card",
            where=where,
            expected=f"(n, {card.channels}, {card.input_size[0]}, {card.input_size[1]})",
            got="(" + ", ".join("n" if size is None else str(size) for size in sizes) + ")",
        )


def probe(network: ForeignNetwork, card: ModelCard, where: object) -> None:
    """Run a model on one and on two images, so that what does not fit is known before a session.

    Raises:
        ModelError: it raises, or its answers are wrong or depend on the image beside.
    """
    images = np.random.default_rng(0).integers(0, 256, (2, *card.image_shape), np.uint8)
    alone, both = (_tried(network, images[:count], card, where) for count in (1, 2))
    # NaN is no answer that is near another.
    if not np.abs(both[0] - alone[0]).max() <= _NEAR * np.abs(alone).max():
        raise ModelError(
            "the model's answer to an image depends on chance, or on the image beside it",
            where=where,
            expected="the same logits alone and among others",
            got=f"{alone[0, :3]} and {both[0, :3]}",
            hint="call eval() on the module before its export",
        )


def _tried(
    network: ForeignNetwork, images: NDArray[np.uint8], card: ModelCard, where: object
) -> Floats:
    shape = (len(images), card.channels, *card.input_size)
    with Trial("the model cannot be run", where=where, expected=f"to take float32 {shape}"):
        return network.run(images).logits


def _by_channel(value: float | tuple[float, ...]) -> NDArray[np.float64]:
    return np.atleast_1d(np.array(value, np.float64))[:, None, None]


def _described(output: object) -> str:
    match output:
        case np.ndarray():
            return f"an array of {output.dtype}"
        case dict():
            return f"a dict of {', '.join(str(key) for key in list(output)[:5])}"
        case tuple() | list():
            return f"a {type(output).__name__} of {len(output)}"
        case _:
            return f"a {type(output).__name__}"
