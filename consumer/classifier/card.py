"""What is known about a trained model: its card, kept beside the weights as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from consumer.classifier.training.recipe import Recipe
from shared.errors import ModelError, SettingsError
from shared.reports import Name

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=4, le=4096)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Deviation = Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]
Spread = tuple[Finite, Annotated[float, Field(ge=1e-6, allow_inf_nan=False)]]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainingRecord(_Frozen):
    """How a model was trained.

    ``precision`` is the arithmetic of the convolutions; ``threads`` those that computed, which the
    last bits of a sum depend on, and None where nobody wrote it down. ``data_digest`` is the digest
    of the whole image set, of which the first ``images`` were trained on.
    """

    recipe: Recipe
    seed: int
    precision: Literal["bf16", "fp32"]
    threads: Annotated[int, Field(ge=1)] | None = None
    images: Annotated[int, Field(ge=1)]
    data: str
    data_digest: str


class NoveltyCard(_Frozen):
    """How unlike its training images a model finds the validation images.

    ``energy`` and ``distance`` are (mean, standard deviation) of the two scores that
    ``consumer.classifier.doubt`` adds up, on the validation images; ``distance`` is None for a
    model that gives nothing but logits. ``limit`` is the sum that all but one in a hundred of those
    images stay below.
    """

    energy: Spread
    distance: Spread | None = None
    limit: Finite


class DoubtCard(_Frozen):
    """How a model's logits become probabilities, sets of classes and a novelty.

    ``temperature`` divides the logits. A prediction set holds each class of at least probability
    ``threshold``, which was chosen so that a share ``coverage`` of sets hold the true class.
    ``images`` validation images told all this.
    """

    temperature: Annotated[float, Field(ge=1e-3, le=1e3, allow_inf_nan=False)]
    coverage: Share
    threshold: Share
    images: Annotated[int, Field(ge=1)]
    novelty: NoveltyCard | None = None


class ModelCard(_Frozen):
    """What a model is, and what it wants to be fed.

    ``input_size`` is (height, width) in pixels; ``channels`` is 1 for gray and 3 for RGB. ``mean``
    and ``deviation`` normalise pixels that were scaled to 0..1: one number, or one of each channel.
    ``doubt`` is None for a model whose doubt nobody has measured.
    """

    name: Annotated[Name, Field(min_length=1)]
    classes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)]
    input_size: tuple[Side, Side]
    channels: Literal[1, 3] = 1
    mean: Share | tuple[Share, Share, Share]
    deviation: Deviation | tuple[Deviation, Deviation, Deviation]
    doubt: DoubtCard | None = None

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        if self.channels == 1 and not isinstance(self.mean, float):
            raise ValueError("mean: one number for a gray image")
        if self.channels == 1 and not isinstance(self.deviation, float):
            raise ValueError("deviation: one number for a gray image")
        return self

    @property
    def class_count(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image: (height, width), or (height, width, 3)."""
        return self.input_size if self.channels == 1 else (*self.input_size, self.channels)


class TrainedCard(ModelCard):
    """A model of this project's own network: its architecture, training and score.

    ``validation_accuracy`` is that of the plain image on the last ``validation_images`` images of
    the set, which were not trained on; ``validation_accuracy_flip`` that of the mean of logits over
    the image and its mirror image. ``ranges`` are the activations that ``activation_ranges`` gives,
    without which the model cannot be run in integers.
    """

    channels: Literal[1] = 1
    mean: Share
    deviation: Deviation
    architecture: str
    parameters: Annotated[int, Field(ge=1)]
    validation_accuracy: Share
    validation_accuracy_flip: Share
    validation_images: Annotated[int, Field(ge=1)]
    training: TrainingRecord
    ranges: tuple[Annotated[float, Field(gt=0.0, allow_inf_nan=False)], ...] | None = None


_Card = TypeVar("_Card", bound=ModelCard)


def checked_card(kind: type[_Card], data: bytes | Mapping[str, Any], where: object) -> _Card:
    """A card from JSON, or from the fields it is made of.

    Raises:
        ModelError: it is no card of this kind; the message names the first field that is wrong.
    """
    try:
        if isinstance(data, bytes):
            return kind.model_validate_json(data)
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(f"wrong model card ({place}: {first['msg']})", where=where) from error
    except SettingsError as error:
        raise ModelError(f"wrong model card ({error})", where=where) from error
