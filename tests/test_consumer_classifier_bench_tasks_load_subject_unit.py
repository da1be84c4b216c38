"""Tests of loading a model in every way it can be run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from classifier_samples import trained
from foreign_samples import FIELDS, TinyNet
from paths_samples import int8_network, ranged

from consumer.classifier.bench import tasks
from consumer.classifier.bench.tasks import Subject, load_subject
from consumer.classifier.checkpoint import save_checkpoint
from consumer.classifier.compiled import CompiledNetwork
from consumer.classifier.paths import choice
from shared.errors import ModelError


def _names(subject: Subject) -> list[str]:
    return [network.name for network in subject.networks]


def test_a_checkpoint_is_run_in_every_way_beside_the_plain_network(tmp_path: Path) -> None:
    int8_network(ranged())
    save_checkpoint(ranged(), tmp_path / "m.safetensors")
    found = load_subject(str(tmp_path / "m.safetensors"))
    assert _names(found) == ["eager-fp32", "eager-bf16", "int8"]
    assert found.reference is not None
    assert found.reference.name == "plain-fp32"
    assert found.card.name == "sample"
    assert not found.impossible


def test_a_way_that_is_not_possible_has_a_reason(tmp_path: Path) -> None:
    save_checkpoint(trained(), tmp_path / "m.safetensors")
    found = load_subject(str(tmp_path / "m.safetensors"))
    assert _names(found) == ["eager-fp32", "eager-bf16"]
    assert list(found.impossible) == ["int8"]
    assert found.impossible["int8"].startswith("no activation ranges for int8")


def test_the_model_of_the_package_is_the_default() -> None:
    assert load_subject(None).card.name == "fashion-mnist"


def test_compiling_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    waited = []

    def join(network: CompiledNetwork, within_s: float | None = None) -> None:
        waited.append((network.name, within_s))

    monkeypatch.setattr(choice, "has_compiler", lambda: True)
    monkeypatch.setattr(CompiledNetwork, "start", lambda _: None)
    monkeypatch.setattr(CompiledNetwork, "join", join)
    save_checkpoint(trained(), tmp_path / "m.safetensors")
    found = load_subject(str(tmp_path / "m.safetensors"), is_compiled=True)
    assert _names(found)[-1] == tasks.COMPILED
    assert waited == [(tasks.COMPILED, None)]


def test_a_model_of_ones_own_has_one_way_and_no_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("benched")
    setattr(module, "make", lambda: (TinyNet(), {**FIELDS, "name": "mine"}))
    monkeypatch.setitem(sys.modules, "benched", module)
    found = load_subject("benched:make")
    assert found.card.name == "mine"
    assert len(found.networks) == 1
    assert found.reference is None


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read the model"):
        load_subject(str(tmp_path / "none.safetensors"))
