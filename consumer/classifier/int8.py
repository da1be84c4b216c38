"""The network in integers of eight bits: several times as fast where the processor has VNNI.

It is made from the trained network without further training: weights in 255 steps a channel,
activations in 256 steps from 0 to what training images hardly ever exceed, which the card tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from consumer.classifier.card import TrainedCard
from consumer.classifier.model import DESCRIBING, GarmentNet, folded
from consumer.classifier.networks import Outputs
from shared.errors import ModelError

BATCH = 128
_LEVELS, _WEIGHT_LEVELS = 255, 127
_LEAST = 1e-6
_ONES = [1, 1]


@torch.inference_mode()
def activation_ranges(
    model: GarmentNet, card: TrainedCard, images: NDArray[np.uint8]
) -> tuple[float, ...]:
    """What the outputs of each convolution but the last hardly ever exceed: the greatest of 128
    images, on average. Less of it costs accuracy (docs/inference.md).

    Args:
        model: a trained network.
        card: says how its pixels are normalised.
        images: uint8 (n, H, W), n at least 1, of those it was trained on; a thousand are enough.

    Returns:
        For ``TrainedCard.ranges``, in the order of the convolutions, greater than 0.
    """
    network = folded(model)
    highs = [
        [max(float(outputs.max()), _LEAST) for outputs in _activations(network, card, batch)]
        for batch in (images[first : first + BATCH] for first in range(0, len(images), BATCH))
    ]
    return tuple(np.mean(highs, 0)[:-1].tolist())


class Int8Network:
    """The project's own network in integers; means over pixels and the last layer in fp32.

    Args:
        model: a trained network; it is copied.
        card: its card, which must have ranges.

    Raises:
        ModelError: the card has no ranges, or not one of each convolution but the last.
        RuntimeError: PyTorch's own, where it lacks these operations for this processor.
    """

    name = "int8"

    def __init__(self, model: GarmentNet, card: TrainedCard) -> None:
        network = folded(model)
        ranges = _checked_ranges(network, card)
        # The mean, to the nearest pixel value, stands for 0, as it has to where the images are
        # padded; the rest of it goes to the bias.
        scale, zero = 1 / (255 * card.deviation), round(255 * card.mean)
        off = (zero - 255 * card.mean) * scale
        self._stages: list[list[_Convolution]] = []
        for stage in network.features:
            layers = []
            for layer in _convolutions(stage):
                layers.append(_Convolution.of(layer, scale, zero, next(ranges), off=off))
                scale, zero, off = layers[-1].output_scale, 0, 0.0
            self._stages.append(layers)
        self._bias, self._weights = network.head.bias.detach(), network.head.weight.detach().T

    @torch.inference_mode()
    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W)."""
        # PyTorch wants memory it may write to and warns of any other; frames may come without.
        values = torch.from_numpy(np.require(images, requirements=("C", "W"))).unsqueeze(1)
        *describing, last = self._stages
        means = []
        for stage in describing:
            for layer in stage:
                values = layer(values)
            values = _halved(values)
            scale = stage[-1].output_scale / (values.shape[2] * values.shape[3])
            means.append(values.sum((2, 3), dtype=torch.float32).mul_(scale))
        for layer in last:
            values = layer(values)
        logits = torch.addmm(self._bias, values.mean((2, 3)), self._weights)
        return Outputs(logits.numpy(), torch.cat(means[:DESCRIBING], 1).sqrt_().numpy())


@dataclass(frozen=True, slots=True, eq=False)
class _Convolution:
    """A convolution of 3x3 with ReLU: bytes in, bytes or, of the last one, fp32 out."""

    weights: Any
    scales: Tensor
    zeros: Tensor
    bias: Tensor
    input_scale: float
    input_zero: int
    output_scale: float
    output_type: torch.dtype

    @classmethod
    def of(
        cls, layer: nn.Conv2d, scale: float, zero: int, high: float | None, *, off: float
    ) -> _Convolution:
        """Quantise a layer whose inputs are ``scale * (byte - zero) + off``.

        ``high`` is the range of its outputs, None where they are to stay fp32.
        """
        weights, bias = layer.weight.detach(), cast(Tensor, layer.bias).detach()
        scales = weights.abs().amax((1, 2, 3)).clamp_min(_LEAST) / _WEIGHT_LEVELS
        quantised = (weights / scales[:, None, None, None]).round()
        packed = torch.ops.onednn.qconv_prepack(
            quantised.to(torch.int8), scales, scale, zero, _ONES, _ONES, _ONES, 1, None
        )
        return cls(
            packed,
            scales,
            torch.zeros(len(scales), dtype=torch.int64),
            bias + quantised.sum((1, 2, 3)) * scales * off,
            scale,
            zero,
            1.0 if high is None else high / _LEVELS,
            torch.float32 if high is None else torch.uint8,
        )

    def __call__(self, values: Tensor) -> Tensor:
        outputs: Tensor = torch.ops.onednn.qconv2d_pointwise.default(
            values,
            self.input_scale,
            self.input_zero,
            self.weights,
            self.scales,
            self.zeros,
            self.bias,
            _ONES,
            _ONES,
            _ONES,
            1,
            self.output_scale,
            0,
            self.output_type,
            "relu",
            [],
            "",
        )
        return outputs


def _halved(values: Tensor) -> Tensor:
    """The maxima of 2x2: PyTorch has no pooling of bytes. Rows first: these lie in one piece."""
    height, width = values.shape[2] // 2 * 2, values.shape[3] // 2 * 2
    rows = torch.maximum(values[:, :, 0:height:2], values[:, :, 1:height:2])
    return torch.maximum(rows[..., 0:width:2], rows[..., 1:width:2])


def _checked_ranges(network: GarmentNet, card: TrainedCard) -> Iterator[float | None]:
    count = len(list(_convolutions(network)))
    if card.ranges is None or len(card.ranges) != count - 1:
        raise ModelError(
            "no activation ranges for int8",
            where=f"the card of model {card.name}",
            expected=count - 1,
            got=None if card.ranges is None else len(card.ranges),
            hint="run it another way (--path eager-fp32), or train it anew",
        )
    return iter((*card.ranges, None))


def _convolutions(network: nn.Module) -> Iterator[nn.Conv2d]:
    return (layer for layer in network.modules() if isinstance(layer, nn.Conv2d))


def _activations(
    network: GarmentNet, card: TrainedCard, images: NDArray[np.uint8]
) -> Iterator[Tensor]:
    pixels = torch.from_numpy(np.require(images, requirements=("C", "W")))
    values = (pixels.unsqueeze(1) / 255 - card.mean) / card.deviation
    for layer in (layer for stage in network.features for layer in cast(nn.Sequential, stage)):
        values = layer(values)
        if isinstance(layer, nn.ReLU):
            yield values
