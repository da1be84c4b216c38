"""Hyperparameters of a training run, and those that the shipped models were trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from shared.errors import SettingsError

DEFAULT_ARCHITECTURE = "chain-1-2-3"
_MOST_FOLDS = 100
_SHARE = "0..1"
_PART = "0..1, without 1"


def _check(part: Any, name: str, good: bool, expected: str) -> None:
    if not good:
        raise SettingsError(
            "value out of range",
            where=f"{name} of the training recipe",
            expected=expected,
            got=getattr(part, name),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """How an optimiser moves.

    Args:
        rate: its peak learning rate.
        decay: its weight decay.
        momentum: its momentum, 0..1.

    Raises:
        SettingsError: a value is out of its range.
    """

    rate: float
    decay: float
    momentum: float

    def __post_init__(self) -> None:
        for name in ("rate", "decay"):
            _check(self, name, 0.0 <= getattr(self, name) < 1e3, "0..1000")
        _check(self, "momentum", 0.0 <= self.momentum < 1.0, _PART)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How training images are changed at random.

    Args:
        flip: mirror half of them left to right.
        erasing: share of them of which a rectangle is covered, 0..1.
        corruption: share of them that are turned, moved, blurred, made noisy, paler or darker, or
            compressed, 0..1.

    Raises:
        SettingsError: a value is out of its range.
    """

    flip: bool = True
    erasing: float = 0.0
    corruption: float = 0.0

    def __post_init__(self) -> None:
        for name in ("erasing", "corruption"):
            _check(self, name, 0.0 <= getattr(self, name) <= 1.0, _SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """How other networks judge the training images first, each those it was not trained on.

    Args:
        folds: how many there are; 0 for none, else at least 2.
        epochs: passes of each of them over its training images, at least 1.
        trust: what their judgement weighs beside the label, 0..1.

    Raises:
        SettingsError: a value is out of its range.
    """

    folds: int = 0
    epochs: int = 12
    trust: float = 0.5

    def __post_init__(self) -> None:
        fitting = self.folds == 0 or 2 <= self.folds <= _MOST_FOLDS
        _check(self, "folds", fitting, f"0, or 2..{_MOST_FOLDS}")
        _check(self, "epochs", self.epochs >= 1, "at least 1")
        _check(self, "trust", 0.0 <= self.trust <= 1.0, _SHARE)


MUON = Descent(rate=0.05, decay=0.02, momentum=0.95)
SGD = Descent(rate=0.1, decay=5e-4, momentum=0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Hyperparameters of a training run.

    Args:
        architecture: of the network, a name in ``consumer.classifier.model.ARCHITECTURES``.
        epochs: passes over the training images, at least 1.
        batch: images a step, at least 2; images that do not fill the last batch wait for the next
            epoch's shuffle.
        muon: trains the convolutions.
        sgd: trains the rest, with Nesterov momentum.
        peak: share of all steps at which the triangular learning rate is highest, 0..1.
        smoothing: label smoothing, 0..1.
        averaging: decay of the exponential moving average of the weights, a step, 0..1.
        changes: of the images.
        judging: of their labels.

    Raises:
        SettingsError: a value is out of its range.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    epochs: int = 16
    batch: int = 128
    muon: Descent = MUON
    sgd: Descent = SGD
    peak: float = 0.2
    smoothing: float = 0.1
    averaging: float = 0.995
    changes: Changes = Changes()
    judging: Judging = Judging()

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch", 2)):
            _check(self, name, getattr(self, name) >= least, f"at least {least}")
        for name in ("smoothing", "averaging"):
            _check(self, name, 0.0 <= getattr(self, name) < 1.0, _PART)
        _check(self, "peak", 0.0 < self.peak < 1.0, "0..1, without the ends")


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "fashion-mnist": Recipe(
            epochs=40,
            changes=Changes(erasing=0.25, corruption=0.3),
            judging=Judging(folds=3, epochs=10),
        ),
        "mnist": Recipe(architecture="chain-mini", changes=Changes(flip=False, corruption=0.5)),
    }
)
"""By data set."""
