"""Arguments and results of an exported program's operations, as its format writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from consumer.classifier.foreign.archive import DTYPES
from consumer.classifier.foreign.operators import Operator
from shared.errors import ModelError

Json = Mapping[str, Any]

_FORMATS: Mapping[int, torch.memory_format] = MappingProxyType(
    {
        1: torch.contiguous_format,
        2: torch.channels_last,
        3: torch.channels_last_3d,
        4: torch.preserve_format,
    }
)
_LAYOUTS: Mapping[int, torch.layout] = MappingProxyType({7: torch.strided})


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that an earlier operation has made.

    Args:
        name: what the program calls it.
    """

    name: str


def argument_of(argument: Json, operator: Operator, where: object) -> Any:
    """An argument: a value, a ``Ref``, or a list of them.

    Args:
        argument: as the format has it.
        operator: what it is given to.
        where: the file, for error messages.

    Raises:
        ModelError: a kind that is not supported, as code and objects are.
        ValueError: no argument at all.
    """
    ((kind, value),) = argument.items()
    if kind == "as_string":
        return operator.check_text(value, where)
    many = _MANY.get(kind)
    if many is not None:
        return [many(item) for item in value]
    one = _ONE.get(kind)
    try:
        if one is not None:
            return one(value)
    except KeyError:
        kind = f"{kind} {value}"
    raise ModelError(
        "argument that is not supported",
        where=where,
        expected="numbers and tensors",
        got=f"{kind} for {operator.name}"[:200],
    )


def result_of(output: Json, where: object) -> str | list[str] | None:
    """What a result is called, or its parts are where it is a list; None where it is dropped.

    Raises:
        ModelError: a kind that is not supported.
        ValueError: no result at all.
    """
    ((kind, value),) = output.items()
    if kind == "as_none":
        return None
    if kind == "as_tensors":
        return [str(item["name"]) for item in value]
    if kind not in ("as_tensor", "as_sym_int", "as_sym_float", "as_sym_bool"):
        raise ModelError("result that is not supported", where=where, got=kind[:100])
    return str(_named(value).name)


def _named(value: Json) -> Ref:
    return Ref(value["name"] if "name" in value else value["as_name"])


def _known_or_named(value: Json) -> Any:
    ((kind, known),) = value.items()
    return Ref(known) if kind in ("name", "as_name") else _number(known)


def _optional(value: Json) -> Ref | None:
    return Ref(value["as_tensor"]["name"]) if "as_tensor" in value else None


def _number(value: object) -> int | float:
    # Infinity and NaN are words in the format.
    return value if isinstance(value, int | float) else float(str(value))


_ONE: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "as_none": lambda _: None,
        "as_bool": bool,
        "as_int": int,
        "as_float": float,
        "as_tensor": _named,
        "as_sym_int": _known_or_named,
        "as_sym_float": _known_or_named,
        "as_sym_bool": _known_or_named,
        "as_optional_tensor": _optional,
        "as_scalar_type": lambda number: DTYPES[number],
        "as_memory_format": lambda number: _FORMATS[number],
        "as_layout": lambda number: _LAYOUTS[number],
        # Wherever it was exported, it runs on the processor.
        "as_device": lambda _: torch.device("cpu"),
    }
)
_MANY: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "as_bools": _number,
        "as_ints": _number,
        "as_floats": _number,
        "as_tensors": _named,
        "as_sym_ints": _known_or_named,
        "as_sym_floats": _known_or_named,
        "as_sym_bools": _known_or_named,
        "as_optional_tensors": _optional,
    }
)
