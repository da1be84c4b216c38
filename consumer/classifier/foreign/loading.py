"""A user's own model in place of the package's: a file and its card, or code of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from consumer.classifier.card import ModelCard
from consumer.classifier.checkpoint import SHIPPED, SUFFIX, card_path
from consumer.classifier.foreign.cards import card_from, read_card
from consumer.classifier.foreign.factory import ModuleRunner, is_factory, made_by, source_of
from consumer.classifier.foreign.network import ForeignNetwork, Runner, probe
from consumer.classifier.foreign.onnx_model import OnnxRunner
from consumer.classifier.foreign.program import ProgramRunner
from shared.errors import ModelError

Kind = Literal["checkpoint", "program", "onnx", "factory"]

PROGRAM, ONNX = ".pt2", ".onnx"
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib", ".pt.tar", ".pth.tar")
_FILES = tuple(f"FILE{suffix}" for suffix in (SUFFIX, PROGRAM, ONNX))
_EXPORT = "export it, by torch.export.save or torch.onnx.export: docs/models.md"


@dataclass(frozen=True, slots=True, eq=False)
class ForeignModel:
    """A model that was tried and found to fit its card.

    Args:
        network: runs it.
        card: what it is.
    """

    network: ForeignNetwork
    card: ModelCard


def kind_of(model: str) -> Kind:
    """What kind of model this names.

    Raises:
        ModelError: none that is known; a pickle, which could execute anything, is told apart.
    """
    suffix = Path(model).suffix.lower()
    if model in SHIPPED or suffix == SUFFIX:
        return "checkpoint"
    if suffix == PROGRAM:
        return "program"
    if suffix == ONNX:
        return "onnx"
    if is_factory(model) and not Path(model).exists():
        return "factory"
    is_pickle = model.lower().endswith(_PICKLES)
    raise ModelError(
        "pickles can execute anything and are not read" if is_pickle else "unknown kind of model",
        where=model,
        expected=", ".join((*SHIPPED, *_FILES)) + " or package.module:factory",
        hint=_EXPORT if is_pickle else None,
    )


def card_file(model: str) -> Path:
    """Where the card of a model lies: beside its file, or beside the factory's Python file.

    Raises:
        ModelError: none that is known, or a factory without a file.
    """
    if kind_of(model) != "factory":
        return card_path(SHIPPED.get(model, Path(model)))
    source = source_of(model)
    if source is None:
        raise ModelError("no place for a card", where=model, hint="return it with the module")
    return card_path(source)


def load_foreign(model: str) -> ForeignModel:
    """Load a model that is no checkpoint of ours, and run it on one and two images.

    Args:
        model: a ``.pt2`` or ``.onnx`` file, or ``package.module:factory``.

    Raises:
        ModelError: it cannot be used, or does not fit its card.
    """
    runner, card = _factory(model) if kind_of(model) == "factory" else _file(Path(model))
    network = ForeignNetwork(runner, card, model)
    probe(network, card, model)
    return ForeignModel(network, card)


def _file(path: Path) -> tuple[Runner, ModelCard]:
    card = read_card(card_path(path))
    runner = ProgramRunner if path.suffix.lower() == PROGRAM else OnnxRunner
    return runner(path, card), card


def _factory(model: str) -> tuple[Runner, ModelCard]:
    module, fields = made_by(model)
    if fields is not None:
        card = card_from(fields, model.partition(":")[2], f"the card that {model} returns")
    else:
        card = read_card(card_file(model))
    return ModuleRunner(module), card
