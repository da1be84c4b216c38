"""Turn the trained generator into the arrays that the producer reads."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import nn

from tools.builtin_networks import CLASSES, LATENT, Generator

# Finer than anything that the producer's arithmetic keeps.
BIAS_STEPS = 4096
Array = NDArray[np.float32]


def save(generator: Generator, output: Path) -> None:
    """Write the weights of a generator as the producer reads them (safetensors)."""
    output.parent.mkdir(parents=True, exist_ok=True)
    save_file(folded(settled(generator)), output, {"format": "catwalk-builtin-1"})


def settled(generator: Generator) -> Generator:
    """A copy for inference, its normalisation measured anew over 10,000 drawn images."""
    copy = deepcopy(generator)
    for norm in copy.norms():
        norm.reset_running_stats()
        norm.momentum = None
    # A stream of its own, so that how often one saves does not change what is trained.
    stream = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for _ in range(40):
            copy(torch.randn(250, LATENT, generator=stream), torch.arange(250) % CLASSES)
    return copy.eval()


def folded(generator: Generator) -> dict[str, NDArray[np.generic]]:
    """The weights by layer, normalisation folded in, channels last.

    Weights are float16: dense ones (in, out), convolutions (3, 3, in, out). Biases are float32.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, layer, norm in generator.layers():
        weight, bias = (layer.state_dict()[part].numpy() for part in ("weight", "bias"))
        if norm is not None:
            scale, shift = _line(norm, len(bias))
            weight, bias = (weight.T * scale).T, bias * scale + shift
        axes = (2, 3, 1, 0) if weight.ndim == 4 else (1, 0)
        groups = {"dense2": 49, "conv0": 4, "conv1": 4}.get(name, 1)
        weight, bias = (_groups_first(part, groups) for part in (weight.transpose(axes), bias))
        arrays[f"{name}.weight"] = weight.astype(np.float16)
        arrays[f"{name}.bias"] = (np.rint(bias * BIAS_STEPS) / BIAS_STEPS).astype(np.float32)
    return arrays


def _line(norm: nn.Module, outputs: int) -> tuple[Array, Array]:
    """Slope and intercept of a settled normalisation for each output of the layer before it."""
    state = {name: tensor.numpy() for name, tensor in norm.state_dict().items()}
    scale = state["weight"] / np.sqrt(state["running_var"] + np.float32(1e-5))
    shift = state["bias"] - state["running_mean"] * scale
    repeats = outputs // len(scale)
    return np.repeat(scale, repeats), np.repeat(shift, repeats)


def _groups_first(array: Array, groups: int) -> Array:
    """Reorder the last axis from (channel, place) to (place, channel), contiguous."""
    parted = array.reshape(*array.shape[:-1], -1, groups)
    return np.ascontiguousarray(parted.swapaxes(-1, -2).reshape(array.shape))
