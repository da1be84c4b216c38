"""The network: a chain of 3x3 convolutions in three stages."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from consumer.classifier.training.recipe import DEFAULT_ARCHITECTURE

ARCHITECTURES: Mapping[str, tuple[tuple[int, ...], ...]] = MappingProxyType(
    {
        "vgg-32-64-128": ((32, 32), (64, 64), (128, 128)),
        "chain-1-2-3": ((32,), (64, 64), (128, 128, 128)),
        "chain-mini": ((16,), (32, 32), (64, 64)),
    }
)
"""Channels of each convolution, stage by stage, of the networks that a checkpoint may hold."""
DESCRIBING = 2
"""So many stages, the first ones, describe an image."""
SMALLEST_SIDE = 4
"""Of an image, in pixels: the network halves it twice."""


class GarmentNet(nn.Module):
    """Classify small gray images: three stages of 3x3 convolutions, mean, linear.

    Input: float (N, 1, H, W), normalised, H and W at least 4 pixels; output: logits (N, classes).

    Args:
        classes: number of classes, at least 1.
        architecture: a name in ``ARCHITECTURES``.
    """

    def __init__(self, classes: int, architecture: str = DEFAULT_ARCHITECTURE) -> None:
        super().__init__()
        self.classes = classes
        self.architecture = architecture
        widths = ARCHITECTURES[architecture]
        inputs = (1, *(stage[-1] for stage in widths))
        stages = [_stage(*pair) for pair in zip(inputs, widths)]
        for stage in stages[:-1]:
            stage.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*stages)
        self.head = nn.Linear(widths[-1][-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes) of normalised images (N, 1, H, W)."""
        return cast(Tensor, self.head(self.features(images).mean((2, 3))))

    def described(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N, classes), and descriptions (N, d): roots of the first stages' mean outputs."""
        means = []
        for place, stage in enumerate(self.features):
            images = stage(images)
            if place < DESCRIBING:
                means.append(images.mean((2, 3)))
        return self.head(images.mean((2, 3))), torch.cat(means, 1).float().sqrt()


def in_format(model: GarmentNet, memory_format: torch.memory_format) -> GarmentNet:
    """The same model with its convolutions' weights laid out in ``memory_format``.

    ``torch.channels_last`` makes the network about half again as fast on a processor.
    """
    # PyTorch documents this argument, and its stubs lack it.
    moved: GarmentNet = model.to(memory_format=memory_format)  # type: ignore[call-overload]
    return moved


def folded(model: GarmentNet) -> GarmentNet:
    """A copy of the model for inference, each batch normalisation folded into its convolution.

    Logits differ from the model's in evaluation mode only by rounding.
    """
    copied = copy.deepcopy(model).eval()
    copied.features = nn.Sequential(
        *(_folded_stage(cast(nn.Sequential, stage)) for stage in copied.features)
    )
    return copied


def parameter_count(model: nn.Module) -> int:
    """Number of trainable parameters."""
    return sum(parameter.numel() for parameter in model.parameters())


def description_width(architecture: str) -> int:
    """How many numbers describe an image."""
    return sum(stage[-1] for stage in ARCHITECTURES[architecture][:DESCRIBING])


def _stage(inputs: int, widths: tuple[int, ...]) -> nn.Sequential:
    pairs = zip((inputs, *widths), widths)
    return nn.Sequential(*(layer for pair in pairs for layer in _block(*pair)))


def _block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)


def _folded_stage(stage: nn.Sequential) -> nn.Sequential:
    layers: list[nn.Module] = []
    for layer in stage:
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = fuse_conv_bn_eval(cast(nn.Conv2d, layers[-1]), layer)
        else:
            layers.append(layer)
    return nn.Sequential(*layers)
