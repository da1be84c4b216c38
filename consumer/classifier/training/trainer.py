"""The state of one training run, and its steps."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from consumer.classifier.model import GarmentNet, in_format
from consumer.classifier.precision import Precision
from consumer.classifier.training.augmentation import augment
from consumer.classifier.training.examples import Accuracies, Examples, Normalisation, accuracies_of
from consumer.classifier.training.optimiser import Optimiser
from consumer.classifier.training.recipe import Recipe

_PARTS = ("model", "average", "optimiser")


class Trainer:
    """Weights, their running average and optimisers of one run.

    Its random numbers depend on the seed and the epoch alone, so a run that was interrupted goes
    on as if it had not been.

    Args:
        data: the examples to train on, at least two.
        classes: number of classes.
        recipe: the hyperparameters; its batch is cut to the number of examples.
        seed: of initial weights, shuffling and augmentation.
        epochs: passes over the examples; the recipe's where it is not given.
        precision: arithmetic of the convolutions.
        compiled: translate the network by ``torch.compile``, which needs a C++ compiler.
    """

    def __init__(
        self,
        data: Examples,
        classes: int,
        recipe: Recipe,
        *,
        seed: int,
        epochs: int | None = None,
        precision: Precision = "fp32",
        compiled: bool = False,
    ) -> None:
        self._data = data
        self._recipe = recipe
        self._precision = precision
        self._seed = seed
        self._batch = min(recipe.batch, len(data))
        self.done = 0
        self.epochs = recipe.epochs if epochs is None else epochs
        self.normalisation = Normalisation.of(data.images)
        self._model = _seeded_model(classes, recipe.architecture, seed)
        self.average = copy.deepcopy(self._model).eval()
        self._optimiser = Optimiser(self._model, recipe)
        self._run: Callable[[Tensor], Tensor] = (
            torch.compile(self._model) if compiled else self._model
        )

    @property
    def steps(self) -> int:
        """In one epoch."""
        return len(self._data) // self._batch

    def epoch(self) -> Iterator[float]:
        """One pass over the examples in a new order; yields the loss of each step."""
        random = np.random.default_rng((self._seed, self.done))
        order = torch.from_numpy(random.permutation(len(self._data)))
        for step in range(self.steps):
            chosen = order[step * self._batch : (step + 1) * self._batch]
            yield self._train_step(self._data.part(chosen), self.done * self.steps + step, random)
        self.done += 1

    def validate(self, data: Examples) -> Accuracies:
        """Accuracies of the averaged weights."""
        return accuracies_of(self.average, self.normalisation, data)

    def state(self) -> dict[str, Tensor]:
        """What has to be kept to go on after the epochs that are done."""
        parts = (self._model.state_dict(), self.average.state_dict(), self._optimiser.state())
        return {
            f"{name}.{key}": value
            for name, part in zip(_PARTS, parts)
            for key, value in part.items()
        }

    def restore(self, state: Mapping[str, Tensor], done: int) -> None:
        """Go on from the ``state`` of a run of the same data, recipe and seed.

        Args:
            state: what was kept.
            done: after how many epochs.
        """
        model, average, optimiser = (
            {
                key.removeprefix(f"{name}."): value
                for key, value in state.items()
                if key.startswith(f"{name}.")
            }
            for name in _PARTS
        )
        self._model.load_state_dict(model)
        self.average.load_state_dict(average)
        self._optimiser.restore(optimiser)
        self.done = done

    def _train_step(self, examples: Examples, step: int, random: np.random.Generator) -> float:
        images = self.normalisation(augment(examples.images, self._recipe.changes, random))
        self._model.zero_grad(set_to_none=True)
        loss = self._loss(self._logits(self._run, images), examples)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step(triangular(step, self.epochs * self.steps, self._recipe.peak))
        self._update_average(step)
        return float(loss.detach())

    def _loss(self, logits: Tensor, examples: Examples) -> Tensor:
        labelled = functional.cross_entropy(
            logits, examples.labels, label_smoothing=self._recipe.smoothing
        )
        if examples.judgements is None:
            return labelled
        judged = functional.cross_entropy(logits, examples.judgements)
        return labelled.lerp(judged, self._recipe.judging.trust)

    def _logits(self, run: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._precision == "bf16"):
            logits: Tensor = run(images)
        return logits.float()

    @torch.no_grad()
    def _update_average(self, step: int) -> None:
        # Early in a run the full decay would keep the average near the random start.
        decay = min(self._recipe.averaging, (1 + step) / (10 + step))
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


def _seeded_model(classes: int, architecture: str, seed: int) -> GarmentNet:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = GarmentNet(classes, architecture)
    return in_format(model, torch.channels_last)
