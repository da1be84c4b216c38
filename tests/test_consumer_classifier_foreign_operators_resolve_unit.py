"""resolve: tensor operators, and nothing that could name a file or code."""

from __future__ import annotations

import operator

import pytest
import torch

from consumer.classifier.foreign.operators import Operator, resolve
from shared.errors import ModelError


@pytest.mark.parametrize(
    ("target", "call"),
    [
        ("torch.ops.aten.conv2d.default", torch.ops.aten.conv2d.default),
        ("torch.ops.aten.relu_.default", torch.ops.aten.relu_.default),
        ("torch.ops.aten.cat.default", torch.ops.aten.cat.default),
        ("torch.ops.aten.index.Tensor", torch.ops.aten.index.Tensor),
        ("torch.ops.aten.to.dtype", torch.ops.aten.to.dtype),
        ("torch.ops.aten.gelu.default", torch.ops.aten.gelu.default),
        ("torch.ops.aten.einsum.default", torch.ops.aten.einsum.default),
        ("_operator.floordiv", operator.floordiv),
        ("torch.sym_max", max),
    ],
)
def test_operators_of_tensors_and_sizes_are_found(target: str, call: object) -> None:
    found = resolve(target, "there")
    assert isinstance(found, Operator)
    assert found.call is call


@pytest.mark.parametrize(
    "target",
    [
        "torch.ops.aten._assert_tensor_metadata.default",
        "torch.ops.aten._assert_scalar.default",
        "torch.ops.aten.sym_constrain_range_for_size.default",
    ],
)
def test_checks_of_sizes_are_left_out(target: str) -> None:
    assert resolve(target, "there") is None


@pytest.mark.parametrize(
    "target",
    [
        "torch.ops.aten.from_file.default",
        "torch.ops.aten.save.default",
        "torch.ops.aten.warn.default",
        "torch.ops.aten.set_.source_Storage",
        "torch.ops.aten.bernoulli.default",
        "torch.ops.aten._foreach_add.List",
        "torch.ops.aten.conv2d.nothing",
        "torch.ops.aten.conv2d",
        "torch.ops.aten.nothing.default",
        "torch.ops.aten.name.default",
        "torch.ops.aten.conv2d.default\n",
        "torch.ops.prim.device.default",
        "torch.ops.higher_order.cond",
        "torch.load",
        "_operator.attrgetter",
        "math.trunc",
        "#os.system",
        "",
    ],
)
def test_everything_else_is_refused(target: str) -> None:
    with pytest.raises(ModelError, match="operator that a program may not use in there: expected"):
        resolve(target, "there")


@pytest.mark.parametrize("name", ["_softmax", "_to_copy", "_unsafe_index"])
def test_some_inner_operators_are_found(name: str) -> None:
    overload = "Tensor" if name == "_unsafe_index" else "default"
    found = resolve(f"torch.ops.aten.{name}.{overload}", "there")
    assert found is not None
    assert found.name == name


def test_what_an_operator_changes_is_known() -> None:
    names = ("torch.ops.aten.add_.Tensor", "torch.ops.aten.add.Tensor", "_operator.add")
    found = [resolve(name, "there") for name in names]
    assert [one.written for one in found if one] == [{"self"}, frozenset(), frozenset()]


@pytest.mark.parametrize(
    ("name", "text", "good"),
    [
        ("gelu", "tanh", True),
        ("conv2d", "same", True),
        ("div", "floor", True),
        ("einsum", "bij,bjk->bik", True),
        ("einsum", "import os; x()", False),
        ("gelu", "same", False),
        ("add", "tanh", False),
        ("gelu", ["tanh"], False),
    ],
)
def test_only_known_words_are_passed_on(name: str, text: object, good: bool) -> None:
    found = Operator(name, print)
    if good:
        assert found.check_text(text, "there") == text
        return
    with pytest.raises(ModelError, match="text that an operator of a program may not be given"):
        found.check_text(text, "there")
