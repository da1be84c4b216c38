"""argument_of and result_of: what the format writes, as Python values."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from consumer.classifier.foreign.arguments import Ref, argument_of, result_of
from consumer.classifier.foreign.operators import Operator
from shared.errors import ModelError

GELU = Operator("gelu", print)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ({"as_none": True}, None),
        ({"as_bool": False}, False),
        ({"as_int": 7}, 7),
        ({"as_float": 0.5}, 0.5),
        ({"as_float": "Infinity"}, math.inf),
        ({"as_floats": [1, "-Infinity"]}, [1, -math.inf]),
        ({"as_ints": [1, 2]}, [1, 2]),
        ({"as_bools": [True]}, [True]),
        ({"as_string": "tanh"}, "tanh"),
        ({"as_tensor": {"name": "x"}}, Ref("x")),
        ({"as_tensors": [{"name": "x"}, {"name": "y"}]}, [Ref("x"), Ref("y")]),
        ({"as_sym_int": {"as_name": "n"}}, Ref("n")),
        ({"as_sym_int": {"as_int": 3}}, 3),
        ({"as_sym_ints": [{"as_name": "n"}, {"as_int": -1}]}, [Ref("n"), -1]),
        ({"as_sym_float": {"as_float": 0.5}}, 0.5),
        ({"as_optional_tensor": {"as_tensor": {"name": "x"}}}, Ref("x")),
        ({"as_optional_tensors": [{"as_none": True}]}, [None]),
        ({"as_scalar_type": 7}, torch.float32),
        ({"as_memory_format": 2}, torch.channels_last),
        ({"as_layout": 7}, torch.strided),
        ({"as_device": {"type": "cuda", "index": 3}}, torch.device("cpu")),
    ],
)
def test_arguments_become_values(argument: dict[str, Any], value: object) -> None:
    assert argument_of(argument, GELU, "there") == value


@pytest.mark.parametrize(
    ("argument", "got"),
    [
        ({"as_graph": {}}, "as_graph for gelu"),
        ({"as_operator": "os.system"}, "as_operator for gelu"),
        ({"as_custom_obj": {}}, "as_custom_obj for gelu"),
        ({"as_scalar_type": 9}, "as_scalar_type 9 for gelu"),
        ({"as_layout": 2}, "as_layout 2 for gelu"),
        ({"as_tensor": {}}, "as_tensor {} for gelu"),
    ],
)
def test_what_is_no_number_and_no_tensor_is_refused(argument: dict[str, Any], got: str) -> None:
    message = f"argument that is not supported in there: expected numbers and tensors, got {got}"
    with pytest.raises(ModelError, match=message):
        argument_of(argument, GELU, "there")


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ({"as_tensor": {"name": "x"}}, "x"),
        ({"as_sym_int": {"as_name": "n"}}, "n"),
        ({"as_tensors": [{"name": "x"}, {"name": "y"}]}, ["x", "y"]),
        ({"as_none": True}, None),
    ],
)
def test_results_become_names(output: dict[str, Any], names: object) -> None:
    assert result_of(output, "there") == names


def test_a_result_of_another_kind_is_refused() -> None:
    with pytest.raises(ModelError, match="result that is not supported in there: got as_token"):
        result_of({"as_token": {}}, "there")
