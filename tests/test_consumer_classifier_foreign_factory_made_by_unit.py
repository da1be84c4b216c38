"""made_by: code of the user's own is called, and its faults are one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_samples import TinyNet, noise, normalised

from consumer.classifier.foreign.factory import ModuleRunner, is_factory, made_by, source_of
from shared.errors import ModelError

CODE = """
import sys
from torch import nn

NUMBER = 7

def plain():
    return nn.Dropout()

def paired():
    return nn.Dropout(), {"classes": ["a"]}

def wrong():
    return "a model"

def triple():
    return nn.Dropout(), {}, 1

def failing():
    raise ValueError("no weights\\nhere")

def leaving():
    sys.exit(0)

def asking(size):
    return nn.Dropout()
"""


@pytest.fixture(name="package", autouse=True)
def fixture_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of factories, and modules that cannot be imported."""
    package = tmp_path / "own_models"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "nets.py").write_text(CODE, encoding="utf-8")
    (package / "broken.py").write_text("import own_models.nothing", encoding="utf-8")
    (package / "typo.py").write_text("def make(:", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith("own_models")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("model", "good"),
    [("a.b:c", True), ("a:c", True), ("a.b", False), ("a.b:c()", False), ("C:/x", False)],
)
def test_factories_are_told_by_their_colon(model: str, good: bool) -> None:
    assert is_factory(model) == good


def test_a_module_comes_in_evaluation_mode() -> None:
    module, fields = made_by("own_models.nets:plain")
    assert fields is None
    assert not module.training


def test_a_card_may_come_with_it() -> None:
    assert made_by("own_models.nets:paired")[1] == {"classes": ["a"]}


RESULT = "wrong result of the factory in own_models.nets:{0}: expected a torch.nn.Module, or a pair"


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("nets:wrong", RESULT.format("wrong") + ".*got builtins.str"),
        ("nets:triple", RESULT.format("triple") + ".*got builtins.tuple"),
        (
            "nets:failing",
            "the factory failed in own_models.nets:failing: expected a torch.nn.Module, got "
            "ValueError: no weights here",
        ),
        ("nets:leaving", "the factory failed in .*got SystemExit: 0"),
        ("nets:asking", "the factory failed in .*got TypeError: asking.. missing 1 required"),
        (
            "nets:none",
            "no such factory in module own_models.nets: expected a function none, got no",
        ),
        ("nets:NUMBER", "no such factory in .*: expected a function NUMBER, got int"),
        (
            "nothing:make",
            "module cannot be imported in own_models.nothing:make: got ModuleNotFoundError: No "
            "module named 'own_models.nothing'; install its package, or name its folder in PYTHONP",
        ),
        ("broken:make", "cannot be imported in .*got ModuleNotFoundError"),
        ("typo:make", "cannot be imported in .*got SyntaxError"),
    ],
)
def test_what_goes_wrong_in_foreign_code_is_one_line(factory: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        made_by(f"own_models.{factory}")
    assert "\n" not in str(caught.value)


def test_the_file_of_a_factory_is_found(package: Path) -> None:
    assert source_of("own_models.nets:plain") == package / "nets.py"
    assert source_of("sys:exit") is None
    assert source_of("nowhere_at_all:x") is None
    with pytest.raises(ModelError, match="the factory's module is not found in nowhere.at.all:x"):
        source_of("nowhere.at.all:x")


def test_a_module_is_run_without_gradients() -> None:
    module = TinyNet()
    runner = ModuleRunner(module)
    assert (runner.name, runner.batch) == ("module", None)
    images = normalised(noise(3))
    logits = runner(images.numpy())
    assert isinstance(logits, torch.Tensor)
    assert not logits.requires_grad
    np.testing.assert_allclose(logits.numpy(), module(images).detach().numpy(), atol=1e-5)
