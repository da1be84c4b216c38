"""The state of one training run, and its steps."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from consumer.classifier.card import Recipe
from consumer.classifier.model import GarmentNet, in_format
from consumer.classifier.optimiser import Optimiser
from consumer.classifier.precision import Precision

EVALUATION_BATCH = 250
SMALLEST_DEVIATION = 1.0
"""In pixel values: keeps the normalisation of images of a single colour finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Images, uint8 (N, 1, H, W), and their labels, int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        """Number of examples."""
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Share of right answers, 0..1: to the plain image, and to it and its mirror image together."""

    plain: float
    flip: float


class Trainer:
    """Weights, their running average, optimisers and random numbers of one run.

    Args:
        data: the examples to train on, at least two.
        classes: number of classes.
        recipe: the hyperparameters; its batch is cut to the number of examples.
        seed: of initial weights, shuffling and mirroring.
        precision: arithmetic of the convolutions.
    """

    def __init__(
        self, data: Examples, classes: int, recipe: Recipe, *, seed: int, precision: Precision
    ) -> None:
        self._data = data
        self._recipe = recipe
        self._precision = precision
        self._batch = min(recipe.batch, len(data))
        self._step = 0
        self.steps = recipe.epochs * (len(data) // self._batch)
        pixels = data.images.numpy()
        self.mean = float(pixels.mean()) / 255
        self.deviation = max(float(pixels.std()), SMALLEST_DEVIATION) / 255
        self._random = torch.Generator().manual_seed(seed)
        self._model = _seeded_model(classes, seed)
        self.average = copy.deepcopy(self._model).eval()
        self._optimiser = Optimiser(self._model, recipe)

    def epoch(self) -> Iterator[float]:
        """One pass over the examples in a new order; yields the loss of each step."""
        order = torch.randperm(len(self._data), generator=self._random)
        for first in range(0, len(order) - self._batch + 1, self._batch):
            chosen = order[first : first + self._batch]
            yield self._train_step(self._data.images[chosen], self._data.labels[chosen])

    @torch.inference_mode()
    def validate(self, data: Examples) -> Accuracies:
        """Accuracies of the averaged weights."""
        plain = flip = 0
        for first in range(0, len(data), EVALUATION_BATCH):
            images = self._normalised(data.images[first : first + EVALUATION_BATCH])
            labels = data.labels[first : first + EVALUATION_BATCH]
            logits = self._logits(self.average, images)
            both = logits + self._logits(self.average, images.flip(3))
            plain += int((logits.argmax(1) == labels).sum())
            flip += int((both.argmax(1) == labels).sum())
        return Accuracies(plain / len(data), flip / len(data))

    def _train_step(self, pixels: Tensor, labels: Tensor) -> float:
        images = self._normalised(pixels)
        if self._recipe.flip:
            mirror = torch.rand(len(images), generator=self._random) < 0.5
            images = torch.where(mirror[:, None, None, None], images.flip(3), images)
        self._model.zero_grad(set_to_none=True)
        logits = self._logits(self._model, images)
        loss = functional.cross_entropy(logits, labels, label_smoothing=self._recipe.smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        share = triangular(self._step, self.steps, self._recipe.peak)
        self._optimiser.step(share)
        self._update_average()
        self._step += 1
        return float(loss.detach())

    def _logits(self, model: GarmentNet, images: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._precision == "bf16"):
            logits: Tensor = model(images)
        return logits.float()

    def _normalised(self, pixels: Tensor) -> Tensor:
        scaled = pixels.float().div_(255.0).sub_(self.mean).div_(self.deviation)
        return scaled.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _update_average(self) -> None:
        # Early in a run the full decay would keep the average near the random start.
        decay = min(self._recipe.averaging, (1 + self._step) / (10 + self._step))
        present = self._model.state_dict()
        for key, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(present[key], 1 - decay)
            else:
                value.copy_(present[key])


def triangular(step: int, steps: int, peak: float) -> float:
    """Share of the peak learning rate, 0..1, at ``step`` of ``steps``: up until ``peak``, down."""
    progress = (step + 1) / (steps + 1)
    return progress / peak if progress < peak else (1 - progress) / (1 - peak)


def _seeded_model(classes: int, seed: int) -> GarmentNet:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = GarmentNet(classes)
    return in_format(model, torch.channels_last)
