"""load_foreign: models of other people's are run, or refused in one line before anything starts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from foreign_attacks import HARMLESS, REFUSED, Attack
from foreign_samples import TinyNet, noise, normalised, onnx_file, tiny_program, write_model

from consumer.classifier.foreign.loading import ForeignModel, card_file, kind_of, load_foreign
from shared.errors import ModelError

KINDS = [
    ("a/b.safetensors", "checkpoint"),
    ("b.PT2", "program"),
    ("./b.onnx", "onnx"),
    ("package.module:factory", "factory"),
    ("module:make", "factory"),
]
KNOWN = "expected fashion-mnist, mnist, FILE.safetensors"
UNKNOWN = f"unknown kind of model in {{}}: {KNOWN}, FILE.pt2, FILE.onnx or "
PICKLES = f"pickles can execute anything and are not read in {{}}: {KNOWN}, .*; "


@pytest.fixture(name="modules")
def fixture_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules are imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(("model", "kind"), KINDS)
def test_the_kind_of_a_model_is_told_by_its_name(model: str, kind: str) -> None:
    assert kind_of(model) == kind


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("model.h5", UNKNOWN),
        ("model", UNKNOWN),
        ("a b:c", UNKNOWN),
        ("module:", UNKNOWN),
        ("a.b:c.d", UNKNOWN),
        *((f"x/model{suffix}", PICKLES) for suffix in (".pt", ".pth", ".PKL", ".ckpt", ".bin")),
        ("model.pth.tar", PICKLES),
    ],
)
def test_what_is_no_model_is_refused_and_pickles_are_told_how_to_mend(
    model: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message.format(re.escape(model))):
        kind_of(model)


def test_a_file_is_no_factory_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:b").touch()
    with pytest.raises(ModelError, match="unknown kind of model in a:b"):
        kind_of("a:b")


def test_a_card_lies_beside_the_model_or_beside_the_code(modules: Path) -> None:
    (modules / "makers.py").touch()
    assert card_file("x/y.onnx") == Path("x/y.json")
    assert card_file("makers:make") == modules / "makers.json"
    with pytest.raises(ModelError, match="no place for a card in sys:exit; return it with"):
        card_file("sys:exit")
    with pytest.raises(ModelError, match="no place for a card in nowhere:make"):
        card_file("nowhere:make")


def test_a_program_gives_the_logits_of_its_module(tmp_path: Path) -> None:
    found = load_foreign(str(write_model(tmp_path / "tiny.pt2", tiny_program())))
    assert isinstance(found, ForeignModel)
    assert (found.card.name, found.network.name) == ("tiny", "program")
    images = noise(5)
    expected = TinyNet()(normalised(images)).detach().numpy()
    np.testing.assert_allclose(found.network.run(images).logits, expected, atol=1e-4)


def test_an_onnx_model_is_run(tmp_path: Path) -> None:
    found = load_foreign(str(write_model(tmp_path / "tiny.onnx", onnx_file(), name="Tiny")))
    assert (found.card.name, found.network.name) == ("Tiny", "onnx")
    assert found.network.run(noise(3)).logits.shape == (3, 2)


MAKER = """
import torch

def make():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(144, {}))
    return {}
"""
CARD = "{'classes': ['a', 'b'], 'input_size': [12, 12], 'mean': 0.5, 'deviation': 0.5}"


def test_a_factory_gives_a_module_and_its_card(modules: Path) -> None:
    (modules / "makers.py").write_text(MAKER.format(2, f"net, {CARD}"), encoding="utf-8")
    found = load_foreign("makers:make")
    assert (found.card.name, found.card.classes) == ("make", ("a", "b"))
    # Twice the same: dropout is off.
    once, again = (found.network.run(noise(4)).logits for _ in range(2))
    np.testing.assert_array_equal(once, again)


def test_a_factory_may_leave_the_card_beside_its_file(modules: Path) -> None:
    write_model(modules / "makers.py", MAKER.format(2, "net").encode())
    assert load_foreign("makers:make").card.name == "makers"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"classes": ["a", "b", "c"]},
            r"expected \(1, 3\), got \(1, 2\); its card names 3 classes",
        ),
        ({"channels": 3, "mean": 0.4}, r"expected \(n, 3, 12, 12\), got \(n, 1, 12, 12\)"),
        ({"input_size": [28, 28]}, r"expected \(n, 1, 28, 28\), got \(n, 1, 12, 12\)"),
        ({"mean": None}, r"wrong model card \(mean"),
    ],
)
@pytest.mark.parametrize("suffix", [".pt2", ".onnx"])
def test_a_card_of_another_model_is_refused(
    tmp_path: Path, suffix: str, changes: dict[str, Any], message: str
) -> None:
    data = tiny_program() if suffix == ".pt2" else onnx_file()
    path = write_model(tmp_path / f"tiny{suffix}", data, **changes)
    with pytest.raises(ModelError, match=message):
        load_foreign(str(path))


def test_a_module_that_wants_another_size_tells_its_own_words(modules: Path) -> None:
    text = MAKER.format(2, "net, {**" + CARD + ", 'input_size': [28, 28]}")
    (modules / "makers.py").write_text(text, encoding="utf-8")
    message = (
        r"the model cannot be run in makers:make: expected to take float32 \(1, 1, 28, 28\), got "
        r"RuntimeError: mat1 and mat2 shapes cannot be multiplied \(1x784 and 144x2\)"
    )
    with pytest.raises(ModelError, match=message):
        load_foreign("makers:make")


@pytest.mark.parametrize("suffix", [".pt2", ".onnx"])
def test_a_missing_file_and_a_missing_card_are_told_apart(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tiny{suffix}"
    with pytest.raises(ModelError, match="cannot read the card of the model .*docs/models.md"):
        load_foreign(str(path))
    write_model(path, b"").unlink()
    with pytest.raises(ModelError, match=f"cannot read the model at .*tiny{suffix}: expected a fi"):
        load_foreign(str(path))


@pytest.mark.parametrize("attack", HARMLESS.values(), ids=HARMLESS)
def test_what_could_be_executed_is_not_even_read(tmp_path: Path, attack: Attack) -> None:
    mark = tmp_path / "executed"
    found = load_foreign(str(write_model(tmp_path / "bad.pt2", attack(mark))))
    assert found.network.run(noise(2)).logits.shape == (2, 2)
    assert not mark.exists()


@pytest.mark.parametrize(("attack", "message"), REFUSED.values(), ids=REFUSED)
def test_what_needs_to_be_executed_is_refused(tmp_path: Path, attack: Attack, message: str) -> None:
    mark = tmp_path / "executed"
    path = write_model(tmp_path / "bad.pt2", attack(mark))
    with pytest.raises(ModelError, match=message):
        load_foreign(str(path))
    assert not mark.exists()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["pickled sample inputs", "code as a size"])
def test_the_attacks_are_real_ones_for_pytorchs_own_loader(tmp_path: Path, name: str) -> None:
    mark = tmp_path / "executed"
    path = write_model(tmp_path / "bad.pt2", HARMLESS[name](mark))
    with suppress(Exception):
        torch.export.load(path)
    assert mark.exists()
