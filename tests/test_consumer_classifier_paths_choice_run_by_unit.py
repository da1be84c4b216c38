"""Tests of running the network by a path of a name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from classifier_samples import trained
from paths_samples import int8_network, ranged

from consumer.classifier.compiled import CompiledNetwork
from consumer.classifier.paths import choice
from consumer.classifier.paths.choice import run_by
from shared.errors import ModelError, SettingsError


@pytest.mark.parametrize("name", ["eager-fp32", "eager-bf16"])
def test_eager_paths_are_what_they_are_called(name: str) -> None:
    assert run_by(trained(), name).name == name


def test_int8_needs_ranges() -> None:
    found = ranged()
    int8_network(found)
    assert run_by(found, "int8").name == "int8"
    with pytest.raises(ModelError, match="no activation ranges for int8"):
        run_by(trained(), "int8")


def test_int8_is_refused_where_its_answers_are_others() -> None:
    found = ranged()
    int8_network(found)
    tiny = (1e-3,) * len(found.card.ranges or ())
    wrong = replace(found, card=found.card.model_copy(update={"ranges": tiny}))
    message = (
        r"cannot run the model by int8 on this machine: expected the answers of fp32, "
        r"got an error of \d+\.\d\d; take --path auto or eager-fp32"
    )
    with pytest.raises(SettingsError, match=message):
        run_by(wrong, "int8")


@pytest.mark.parametrize("error", [RuntimeError, AttributeError, TypeError])
def test_int8_is_refused_where_pytorch_lacks_it(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def lacking(*_: object) -> None:
        raise error("no such operator")

    monkeypatch.setattr(choice, "Int8Network", lacking)
    with pytest.raises(SettingsError, match="expected PyTorch's int8 convolutions, got none"):
        run_by(ranged(), "int8")


def test_compiling_needs_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "has_compiler", lambda: False)
    with pytest.raises(SettingsError, match=r"expected a C\+\+ compiler, in PATH or named by CXX"):
        run_by(trained(), "compiled-fp32")


def test_compiling_begins_at_once_and_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[CompiledNetwork] = []

    def start(network: CompiledNetwork) -> None:
        begun.append(network)

    monkeypatch.setattr(choice, "has_compiler", lambda: True)
    monkeypatch.setattr(CompiledNetwork, "start", start)
    network = run_by(trained(), "compiled-fp32")
    assert network.name == "compiled-fp32"
    assert begun == [network]
    assert network.run(np.zeros((1, 12, 12), np.uint8)).logits.shape == (1, 2)
