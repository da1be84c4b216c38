"""Graph: steps run in order, and a program that is wrong is found before it runs."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from consumer.classifier.foreign.graph import Graph, Step
from consumer.classifier.foreign.operators import Operator
from shared.errors import ModelError

WEIGHT = torch.tensor([[2.0], [3.0]])


def _node(
    target: str, *arguments: tuple[str, dict[str, Any]], results: tuple[str, ...] = ("y",)
) -> dict[str, Any]:
    return {
        "target": f"torch.ops.aten.{target}" if target[0] != "_" else target,
        "inputs": [{"name": name, "arg": argument, "kind": 1} for name, argument in arguments],
        "outputs": [{"as_tensor": {"name": name}} for name in results],
    }


def _tensor(name: str) -> dict[str, Any]:
    return {"as_tensor": {"name": name}}


def _graph(*nodes: dict[str, Any], result: str = "y") -> Graph:
    return Graph(nodes, {"w": WEIGHT.clone()}, source="x", result=result, where="there")


def test_steps_run_one_after_the_other() -> None:
    graph = _graph(
        _node("mm.default", ("self", _tensor("x")), ("mat2", _tensor("w")), results=("a",)),
        _node("relu.default", ("self", _tensor("a")), results=("b",)),
        _node("add.Tensor", ("self", _tensor("b")), ("other", _tensor("a"))),
    )
    for _ in range(2):
        made = graph(torch.tensor([[1.0, 1.0], [-1.0, 0.0]]))
        assert isinstance(made, torch.Tensor)
        assert made.tolist() == [[10.0], [-2.0]]


def test_arguments_are_given_by_name_where_the_program_does() -> None:
    node = _node("add.Tensor", ("self", _tensor("x")), ("other", _tensor("x")))
    node["inputs"].append({"name": "alpha", "arg": {"as_int": 3}, "kind": 2})
    made = _graph(node)(torch.ones(1, 1))
    assert made == torch.tensor([[4.0]])


def test_several_results_are_told_apart_and_those_without_a_name_are_dropped() -> None:
    largest = _node("max.dim", ("self", _tensor("x")), ("dim", {"as_int": 1}), results=("y", "i"))
    cut = (("chunks", {"as_int": 2}), ("dim", {"as_int": 1}))
    halves = _node("chunk.default", ("self", _tensor("x")), *cut)
    halves["outputs"] = [{"as_tensors": [{"name": "l"}, {"name": "r"}]}]
    images = torch.tensor([[1.0, 5.0]])
    assert torch.equal(torch.as_tensor(_graph(largest)(images)), torch.tensor([5.0]))
    assert torch.equal(torch.as_tensor(_graph(halves, result="r")(images)), torch.tensor([[5.0]]))
    largest["outputs"][0] = {"as_none": True}
    assert torch.equal(torch.as_tensor(_graph(largest, result="i")(images)), torch.tensor([1]))


def test_sizes_are_counted_with() -> None:
    size = _node("sym_size.int", ("self", _tensor("x")), ("dim", {"as_int": 0}))
    size["outputs"] = [{"as_sym_int": {"as_name": "n"}}]
    twice = _node("_operator.mul", ("a", {"as_sym_int": {"as_name": "n"}}), ("b", {"as_int": 2}))
    twice["outputs"] = [{"as_sym_int": {"as_name": "m"}}]
    lengths = {"as_sym_ints": [{"as_name": "m"}, {"as_int": -1}]}
    view = _node("view.default", ("self", _tensor("x")), ("size", lengths))
    assert torch.as_tensor(_graph(size, twice, view)(torch.zeros(3, 4))).shape == (6, 2)


def test_checks_are_left_out() -> None:
    check = _node("_assert_scalar.default", ("self", {"as_int": 0}), results=())
    check["target"] = "torch.ops.aten._assert_scalar.default"
    assert _graph(check, result="x")(torch.ones(1)) == 1


@pytest.mark.parametrize(
    ("nodes", "result", "message"),
    [
        (
            [_node("relu.default", ("self", _tensor("z")))],
            "y",
            "no operation makes in there: got z",
        ),
        (
            [_node("relu.default", ("self", _tensor("y")))],
            "y",
            "no operation makes in there: got y",
        ),
        ([], "y", "no operation makes in there: got y"),
    ],
)
def test_a_program_that_is_wrong_is_refused(
    nodes: list[dict[str, Any]], result: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        _graph(*nodes, result=result)


def test_images_may_be_changed_on_the_way() -> None:
    graph = _graph(_node("relu_.default", ("self", _tensor("x"))))
    assert torch.equal(torch.as_tensor(graph(torch.tensor([-1.0]))), torch.tensor([0.0]))


def test_a_step_names_what_it_needs() -> None:
    graph_step = Step(Operator("x", print), ([1, 2], 3), {"a": None}, ("y",))
    assert not list(graph_step.refs())


ADD = _node("add_.Tensor", ("self", _tensor("w")), ("other", _tensor("x")))
ALIASES = {
    "itself": [ADD],
    "under another name": [{**ADD, "inputs": [{**one, "name": "b"} for one in ADD["inputs"]]}],
    "through a view": [
        _node("t.default", ("self", _tensor("w")), results=("v",)),
        _node("relu_.default", ("self", _tensor("v"))),
    ],
    "through what only sometimes copies": [
        _node("contiguous.default", ("self", _tensor("w")), results=("v",)),
        _node("relu_.default", ("self", _tensor("v"))),
    ],
}


@pytest.mark.parametrize("nodes", ALIASES.values(), ids=ALIASES)
def test_no_weight_is_changed(nodes: list[dict[str, Any]]) -> None:
    weight = -WEIGHT
    graph = Graph(nodes, {"w": weight}, source="x", result="y", where="there")
    with pytest.raises(ModelError, match=r"changes its own weights in there: got .*; call eval"):
        graph(torch.ones(1))
    assert torch.equal(weight, -WEIGHT)


def test_an_operator_in_training_mode_is_refused_whatever_its_arguments_are_called() -> None:
    places = (("x", _tensor("x")), ("y", {"as_float": 0.5}), ("z", {"as_bool": True}))
    with pytest.raises(ModelError, match="in there: expected dropout with train off, got on; ca"):
        _graph(_node("dropout.default", *places))
    by_name = _node("dropout.default", *places[:2])
    by_name["inputs"].append({"name": "train", "arg": {"as_sym_bool": {"name": "x"}}, "kind": 2})
    with pytest.raises(ModelError, match="program in training mode in there"):
        _graph(by_name)
