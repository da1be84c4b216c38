"""A model in two files: weights as safetensors, and a card as JSON with the same stem beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from consumer.classifier.card import TrainedCard, checked_card
from consumer.classifier.doubt import Likeness
from consumer.classifier.files import MAX_CARD_BYTES, read_file, write_file
from consumer.classifier.model import (
    ARCHITECTURES,
    GarmentNet,
    description_width,
    parameter_count,
)
from shared.errors import ModelError, StoreError

_WEIGHTS = Path(__file__).with_name("weights")
SHIPPED: Mapping[str, Path] = MappingProxyType(
    {name: _WEIGHTS / f"{name}.safetensors" for name in ("fashion-mnist", "mnist")}
)
"""The checkpoints that come with the package, by the names they are asked for."""
DEFAULT_MODEL = SHIPPED["fashion-mnist"]
"""The weights that come with the package."""

SUFFIX = ".safetensors"
MAX_WEIGHTS_BYTES = 64 * 2**20
MEANS, WHITENING = "likeness.means", "likeness.whitening"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A trained network, what is known of it, and what training images look like to it."""

    model: GarmentNet
    card: TrainedCard
    likeness: Likeness | None = None


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write weights to ``path`` and the card beside it, each complete or not at all.

    A tensor that loses nothing by it is stored with half as many bits.

    Raises:
        ModelError: the name does not end in ``.safetensors``, card and model disagree about the
            classes.
        StoreError: a file cannot be written.
    """
    check_destination(path)
    model, card, likeness = checkpoint.model, checkpoint.card, checkpoint.likeness
    if card.class_count != model.classes:
        _fail("card of another model", path, f"{model.classes} classes", card.class_count)
    weights = model.state_dict()
    if likeness is not None:
        weights[MEANS] = torch.from_numpy(likeness.means)
        weights[WHITENING] = torch.from_numpy(likeness.whitening)
    stored = {key: _stored(value).contiguous() for key, value in weights.items()}
    write_file(path, safetensors.torch.save(stored))
    write_file(card_path(path), (card.model_dump_json(indent=2) + "\n").encode())


def load_checkpoint(path: Path | None = None) -> Checkpoint:
    """Read a model, in evaluation mode, and its card. Nothing in the files is executed.

    Args:
        path: the ``.safetensors`` file, or the name of a model of the package; None for its
            default.

    Raises:
        ModelError: a file is missing, damaged or too large, or weights, card and network do not
            fit each other.
    """
    path = DEFAULT_MODEL if path is None else SHIPPED.get(str(path), path)
    weights = _read_weights(path)
    card = load_card(path)
    model = GarmentNet(card.class_count, card.architecture)
    expected = model.state_dict()
    has_likeness = MEANS in weights or WHITENING in weights
    if has_likeness:
        width = description_width(card.architecture)
        expected[MEANS] = torch.empty(card.class_count, width)
        expected[WHITENING] = torch.empty(width, width)
    _check_weights(weights, expected, path)
    weights = {key: value.to(expected[key].dtype) for key, value in weights.items()}
    likeness = (
        Likeness(weights.pop(MEANS).numpy(), weights.pop(WHITENING).numpy())
        if has_likeness
        else None
    )
    model.load_state_dict(weights)
    if parameter_count(model) != card.parameters:
        _fail(
            "wrong number of parameters", card_path(path), parameter_count(model), card.parameters
        )
    if likeness is None and _tells_distances(card):
        _fail("no likeness for the card's novelty", path, f"{MEANS}, {WHITENING}", "neither")
    return Checkpoint(model.eval(), card, likeness)


def load_card(path: Path) -> TrainedCard:
    """Read the card beside the weights at ``path``.

    Raises:
        ModelError: it is missing, no valid card, or of another architecture.
    """
    where = card_path(path)
    card = checked_card(TrainedCard, read_file(where, MAX_CARD_BYTES), where)
    if card.architecture not in ARCHITECTURES:
        known = " or ".join(ARCHITECTURES)
        _fail("model of another architecture", where, known, card.architecture)
    return card


def card_path(path: Path) -> Path:
    """Where the card of the weights at ``path`` lies."""
    return path.with_suffix(".json")


def check_destination(path: Path) -> None:
    """Make sure that a model can be written to ``path``, before hours are spent on it.

    Raises:
        ModelError: the name does not end in ``.safetensors``.
        StoreError: its folder cannot be made or written to.
    """
    if path.suffix != SUFFIX:
        _fail("wrong name of a model file", path, f"a name ending in {SUFFIX}", path.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError("cannot make the folder", at=path.parent, got=error.strerror) from error
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise StoreError("cannot write the model", at=path, expected="a file in a writable folder")


def _check_weights(
    weights: Mapping[str, Tensor], expected: Mapping[str, Tensor], path: Path
) -> None:
    if weights.keys() != expected.keys():
        missing = sorted(expected.keys() - weights.keys())
        foreign = sorted(weights.keys() - expected.keys())
        _fail("wrong tensors", path, f"{missing[:3]} too", f"{foreign[:3]} instead")
    for key, tensor in expected.items():
        found = weights[key]
        if found.shape != tensor.shape or found.dtype not in _dtypes(tensor):
            _fail(f"wrong tensor {key}", path, _described(tensor), _described(found))
        if not torch.isfinite(found).all():
            _fail(f"tensor {key} is not finite", path, "finite numbers", "infinity or NaN")


def _tells_distances(card: TrainedCard) -> bool:
    novelty = None if card.doubt is None else card.doubt.novelty
    return novelty is not None and novelty.distance is not None


def _dtypes(tensor: Tensor) -> tuple[torch.dtype, ...]:
    return (tensor.dtype, torch.float16) if tensor.is_floating_point() else (tensor.dtype,)


def _stored(tensor: Tensor) -> Tensor:
    half = tensor.half() if tensor.is_floating_point() else tensor
    return half if torch.equal(half.to(tensor.dtype), tensor) else tensor


def _described(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _read_weights(path: Path) -> dict[str, Tensor]:
    data = read_file(path, MAX_WEIGHTS_BYTES)
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(
            "damaged model file, or one of another format",
            where=path,
            expected="complete safetensors",
            got=error,
        ) from error


def _fail(what: str, where: Path, expected: object, got: object) -> NoReturn:
    raise ModelError(what, where=where, expected=expected, got=got)
