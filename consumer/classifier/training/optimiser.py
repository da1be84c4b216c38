"""Muon for the weights of convolutions, and the optimiser that joins it with SGD for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from consumer.classifier.training.recipe import Recipe

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
TINY = 1e-7
_MOMENTUM = "momentum_buffer"
CONVOLUTION = 4
"""Dimensions of a convolution's weight."""


class Muon:
    """Muon (Jordan et al., 2024) with decoupled weight decay and Nesterov momentum.

    ``torch.optim.Muon`` takes matrices only; this one sees a convolution's weight (out, in, h, w)
    as the matrix (out, in * h * w), whatever its memory format.

    Args:
        parameters: weights of two or more dimensions.
        decay: weight decay, multiplied with the learning rate.
        momentum: 0..1.
    """

    def __init__(self, parameters: Iterable[Tensor], *, decay: float, momentum: float) -> None:
        self._parameters = list(parameters)
        self._buffers = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._decay = decay
        self._momentum = momentum

    @property
    def buffers(self) -> list[Tensor]:
        """The momentum of each parameter, to be kept and written to."""
        return self._buffers

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move each parameter that has a gradient by one step of learning rate ``rate``."""
        for parameter, buffer in zip(self._parameters, self._buffers):
            if parameter.grad is None:
                continue
            buffer.lerp_(parameter.grad, 1 - self._momentum)
            update = parameter.grad.lerp(buffer, self._momentum).reshape(len(parameter), -1)
            parameter.mul_(1 - rate * self._decay)
            scale = math.sqrt(max(1.0, update.shape[0] / update.shape[1]))
            update = orthogonalised(update).reshape(parameter.shape)
            parameter.add_(update, alpha=-rate * scale)


class Optimiser:
    """Muon for a network's convolutions, SGD with Nesterov momentum for its other parameters.

    Args:
        model: the network.
        recipe: peak learning rates, weight decays and momenta.
    """

    def __init__(self, model: nn.Module, recipe: Recipe) -> None:
        self._recipe = recipe
        weights = list(model.parameters())
        self._muon = Muon(
            (weight for weight in weights if weight.ndim == CONVOLUTION),
            decay=recipe.muon.decay,
            momentum=recipe.muon.momentum,
        )
        self._sgd = torch.optim.SGD(
            [weight for weight in weights if weight.ndim != CONVOLUTION],
            lr=recipe.sgd.rate,
            momentum=recipe.sgd.momentum,
            weight_decay=recipe.sgd.decay,
            nesterov=recipe.sgd.momentum > 0,
        )

    def state(self) -> dict[str, Tensor]:
        """What a run has to keep to be gone on with."""
        kept = {f"muon.{place}": buffer for place, buffer in enumerate(self._muon.buffers)}
        for place, parameter in enumerate(self._sgd.param_groups[0]["params"]):
            momentum = self._sgd.state[parameter].get(_MOMENTUM)
            if momentum is not None:
                kept[f"sgd.{place}"] = momentum
        return kept

    @torch.no_grad()
    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a ``state`` of an optimiser of the same network."""
        for place, buffer in enumerate(self._muon.buffers):
            buffer.copy_(state[f"muon.{place}"])
        for place, parameter in enumerate(self._sgd.param_groups[0]["params"]):
            if f"sgd.{place}" in state:
                self._sgd.state[parameter][_MOMENTUM] = state[f"sgd.{place}"].clone()

    def step(self, share: float) -> None:
        """One step at ``share``, 0..1, of the peak learning rates."""
        self._muon.step(share * self._recipe.muon.rate)
        self._sgd.param_groups[0]["lr"] = share * self._recipe.sgd.rate
        self._sgd.step()


def orthogonalised(matrix: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly, by five Newton-Schulz steps.

    Singular values come out between about 0.5 and 1.5, which serves an optimiser as well as 1.
    """
    a, b, c = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + TINY)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = x.T if tall else x
    return result
