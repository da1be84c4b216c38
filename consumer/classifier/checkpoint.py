"""A model in two files: weights as safetensors, and a card as JSON with the same stem beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import safetensors.torch
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from torch import Tensor

from consumer.classifier.card import ModelCard
from consumer.classifier.model import ARCHITECTURE, GarmentNet, parameter_count
from shared.errors import ModelError, SettingsError, StoreError

DEFAULT_MODEL = Path(__file__).with_name("weights") / "fashion-mnist.safetensors"
"""The weights that come with the package."""

SUFFIX = ".safetensors"
MAX_WEIGHTS_BYTES = 64 * 2**20
MAX_CARD_BYTES = 2**20
CARD_DIGITS = 6


def save_checkpoint(model: GarmentNet, card: ModelCard, path: Path) -> None:
    """Write weights to ``path`` and the card beside it, each complete or not at all.

    Raises:
        ModelError: the name does not end in ``.safetensors``, card and model disagree about the
            classes.
        StoreError: a file cannot be written.
    """
    check_destination(path)
    if card.class_count != model.classes:
        _fail("card of another model", path, f"{model.classes} classes", card.class_count)
    weights = {key: value.contiguous() for key, value in model.state_dict().items()}
    _write(path, safetensors.torch.save(weights))
    _write(card_path(path), (card.model_dump_json(indent=2) + "\n").encode())


def load_checkpoint(path: Path | None = None) -> tuple[GarmentNet, ModelCard]:
    """Read a model, in evaluation mode, and its card; None reads the one of the package.

    Nothing in the files is executed.

    Raises:
        ModelError: a file is missing, damaged or too large, or weights, card and network do not
            fit each other.
    """
    path = DEFAULT_MODEL if path is None else path
    weights = _read_weights(path)
    card = load_card(path)
    model = GarmentNet(card.class_count)
    _check_weights(weights, model.state_dict(), path)
    model.load_state_dict(weights)
    if parameter_count(model) != card.parameters:
        _fail(
            "wrong number of parameters", card_path(path), parameter_count(model), card.parameters
        )
    return model.eval(), card


def load_card(path: Path) -> ModelCard:
    """Read the card beside the weights at ``path``.

    Raises:
        ModelError: it is missing, no valid card, or of another architecture.
    """
    where = card_path(path)
    data = _read(where, MAX_CARD_BYTES)
    try:
        card = ModelCard.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "file"
        raise ModelError(f"wrong model card ({place}: {first['msg']})", where=where) from error
    except SettingsError as error:
        raise ModelError(f"wrong model card ({error})", where=where) from error
    if card.architecture != ARCHITECTURE:
        _fail("model of another architecture", where, ARCHITECTURE, card.architecture)
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
        if found.shape != tensor.shape or found.dtype != tensor.dtype:
            _fail(f"wrong tensor {key}", path, _described(tensor), _described(found))
        if not torch.isfinite(found).all():
            _fail(f"tensor {key} is not finite", path, "finite numbers", "infinity or NaN")


def _described(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def _read_weights(path: Path) -> dict[str, Tensor]:
    data = _read(path, MAX_WEIGHTS_BYTES)
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(
            "damaged model file, or one of another format",
            where=path,
            expected="complete safetensors",
            got=error,
        ) from error


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ModelError(
            "cannot read the model", at=path, expected="a file", got=error.strerror
        ) from error
    if len(data) > limit:
        _fail("model file too large", path, f"at most {limit:,} bytes", "more")
    return data


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise StoreError("cannot write the model", at=path, got=error.strerror) from error


def _fail(what: str, where: Path, expected: object, got: object) -> NoReturn:
    raise ModelError(what, where=where, expected=expected, got=got)
