"""resolve: tensor operators, and nothing that could name a file or code."""

from __future__ import annotations

import operator
from contextlib import suppress
from typing import Any

import pytest
import torch

from consumer.classifier.foreign.allowed import FORWARD, IN_PLACE
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
        "torch.ops.aten.max_pool2d_with_indices_backward.default",
        "torch.ops.aten.embedding_dense_backward.default",
        "torch.ops.aten.fbgemm_linear_fp16_weight_fp32_activation.default",
        "torch.ops.aten.mkldnn_convolution.default",
        "torch.ops.aten.sparse_coo_tensor.size",
        "torch.ops.aten.quantize_per_tensor.default",
        "torch.ops.aten.lu_unpack.default",
        "torch.ops.aten.resize_.default",
        "torch.ops.aten.set_.source_Tensor",
        "torch.ops.aten.as_strided.default",
        "torch.ops.aten.empty.memory_format",
        "torch.ops.aten.new_empty.default",
        "torch.ops.aten.rand.default",
        "torch.ops.aten.index_put_.default",
        "torch.ops.aten.copy_.default",
        "torch.ops.aten.relu.out",
        "torch.ops.aten.view.dtype",
        "torch.ops.aten.upsample_nearest2d.default",
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


def _known(name: str) -> list[str]:
    """The overloads of an operator that a program may use."""
    found = []
    for overload in getattr(torch.ops.aten, name).overloads():
        with suppress(ModelError):
            resolve(f"torch.ops.aten.{name}.{overload}", "there")
            found.append(overload)
    return found


@pytest.mark.parametrize("name", sorted(FORWARD | IN_PLACE))
def test_every_operator_of_the_list_can_be_used(name: str) -> None:
    assert _known(name)


def test_nothing_in_the_list_learns_draws_writes_or_is_of_another_kind() -> None:
    bad = ("backward", "sparse", "quant", "fbgemm", "mkldnn", "resize", "empty", "rand", "cuda")
    assert not [name for name in FORWARD | IN_PLACE if any(word in name for word in bad)]
    written = {name for name in FORWARD if (found := _known(name)) and _writes(name, found)}
    assert written == set()


def _writes(name: str, overloads: list[str]) -> bool:
    resolved = [resolve(f"torch.ops.aten.{name}.{overload}", "there") for overload in overloads]
    return any(one.written for one in resolved if one)


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
        ("div", "trunc", False),
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


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"training": False, "running_mean": 1}, None),
        ({"train": True}, "expected x with train off, got on; call eval"),
        ({"training": True}, "expected x with training off"),
        ({"dropout_p": 0.5}, "expected x with dropout_p off"),
        ({"dropout_p": 0.0}, None),
        ({"use_input_stats": True, "running_mean": None}, None),
        ({"use_input_stats": True, "running_mean": 1}, "expected x with use_input_stats off"),
    ],
)
def test_nothing_learns_or_drops_out(given: dict[str, Any], message: str | None) -> None:
    found = Operator("x", print)
    if message is None:
        found.check_mode(given, "there")
        return
    with pytest.raises(ModelError, match=message):
        found.check_mode(given, "there")


def _call(name: str, *given: Any, **named: Any) -> Any:
    found = resolve(f"torch.ops.aten.{name}.default", "there")
    assert found
    return found.call(*given, **named)


def test_an_inner_norm_counts_its_statistics() -> None:
    images, ones = torch.rand(2, 3, 4, 4), torch.ones(3)
    made = _call("_native_batch_norm_legit_no_training", images, ones, ones, ones, ones, 0.1, 0.0)
    assert torch.allclose(made[0], images)
    assert [len(one) for one in made[1:]] == [0, 0]
    with pytest.raises(RuntimeError, match="should contain 3 elements"):
        _call("_native_batch_norm_legit_no_training", images, *[torch.ones(1)] * 4, 0.1, 0.0)


WORDS = torch.ones(1, 2, 4, 8)
ATTENTION = "scaled_dot_product_attention"


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        (WORDS[:, :, :3], WORDS[:, :, :3], {}),
        (WORDS, WORDS, {"attn_mask": torch.zeros(4, 4)}),
        (WORDS[:, :1], WORDS[:, :1], {"enable_gqa": True}),
    ],
)
def test_attention_that_fits_is_done(
    key: torch.Tensor, value: torch.Tensor, named: dict[str, Any]
) -> None:
    assert torch.allclose(_call(ATTENTION, WORDS, key, value, **named), WORDS)


@pytest.mark.parametrize(
    ("key", "value", "mask", "message"),
    [
        (WORDS, WORDS[:, :, :1], None, "differ in shape"),
        (WORDS[:, :, :1], WORDS, None, "differ in shape"),
        (WORDS[:, :1], WORDS[:, :1], None, "differ in shape"),
        (WORDS[..., :1], WORDS, None, "differ in length"),
        (WORDS, WORDS, torch.zeros(4, 9), "expanded size"),
        (WORDS, WORDS, torch.zeros(5, 1, 1, 4, 4), "expand"),
    ],
)
def test_attention_that_does_not_fit_is_refused(
    key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, message: str
) -> None:
    with pytest.raises((ValueError, RuntimeError), match=message):
        _call(ATTENTION, WORDS, key, value, mask)
