"""What is known about a trained model: its card, kept beside the weights as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import SettingsError
from shared.reports import Name

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=4, le=4096)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Hyperparameters of a training run.

    Args:
        epochs: passes over the training images, at least 1.
        batch: images a step, at least 2; images that do not fill the last batch wait for the next
            epoch's shuffle.
        muon_rate: peak learning rate of Muon, which trains the convolutions.
        muon_decay: its weight decay.
        muon_momentum: its momentum, 0..1.
        sgd_rate: peak learning rate of SGD with Nesterov momentum, which trains the rest.
        sgd_decay: its weight decay.
        sgd_momentum: its momentum, 0..1.
        peak: share of all steps at which the triangular learning rate is highest, 0..1.
        smoothing: label smoothing, 0..1.
        averaging: decay of the exponential moving average of the weights, a step, 0..1.
        flip: mirror half of the images left to right.

    Raises:
        SettingsError: a value is out of its range.
    """

    epochs: int = 16
    batch: int = 128
    muon_rate: float = 0.05
    muon_decay: float = 0.02
    muon_momentum: float = 0.95
    sgd_rate: float = 0.1
    sgd_decay: float = 5e-4
    sgd_momentum: float = 0.9
    peak: float = 0.2
    smoothing: float = 0.1
    averaging: float = 0.995
    flip: bool = True

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch", 2)):
            self._check(name, getattr(self, name) >= least, f"at least {least}")
        for name in ("muon_rate", "muon_decay", "sgd_rate", "sgd_decay"):
            self._check(name, 0.0 <= getattr(self, name) < 1e3, "0..1000")
        for name in ("muon_momentum", "sgd_momentum", "smoothing", "averaging"):
            self._check(name, 0.0 <= getattr(self, name) < 1.0, "0..1, without 1")
        self._check("peak", 0.0 < self.peak < 1.0, "0..1, without the ends")

    def _check(self, name: str, good: bool, expected: str) -> None:
        if not good:
            raise SettingsError(
                "value out of range",
                where=f"{name} of the training recipe",
                expected=expected,
                got=getattr(self, name),
            )


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainingRecord(_Frozen):
    """How a model was trained.

    ``precision`` is the arithmetic of the convolutions, ``data_digest`` the digest of the whole
    image set, of which the first ``images`` were trained on.
    """

    recipe: Recipe
    seed: int
    precision: Literal["bf16", "fp32"]
    images: Annotated[int, Field(ge=1)]
    data: str
    data_digest: str


class ModelCard(_Frozen):
    """What a model is, what it wants to be fed, and what it scored.

    ``input_size`` is (height, width) in pixels; ``mean`` and ``deviation`` normalise pixels that
    were scaled to 0..1. ``validation_accuracy`` is that of the plain image on the last
    ``validation_images`` images of the set, which were not trained on;
    ``validation_accuracy_flip`` that of the mean of logits over the image and its mirror image.
    """

    name: Annotated[Name, Field(min_length=1)]
    architecture: str
    classes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)]
    input_size: tuple[Side, Side]
    mean: Share
    deviation: Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]
    parameters: Annotated[int, Field(ge=1)]
    validation_accuracy: Share
    validation_accuracy_flip: Share
    validation_images: Annotated[int, Field(ge=1)]
    training: TrainingRecord

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.classes)
