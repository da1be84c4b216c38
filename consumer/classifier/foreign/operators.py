"""The operators that an exported program may use: a fixed list, and what they may be given."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch._C import FunctionSchema, _jit_get_schemas_for_operator

from consumer.classifier.foreign.allowed import FORWARD, IN_PLACE, INSTEAD, OFF, OVERLOADS
from shared.errors import ModelError

EVAL = "call eval() on the module before its export"

_NUMBERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{
            f"_operator.{name}": getattr(operator, name)
            for name in ("add", "sub", "mul", "floordiv", "truediv", "mod", "neg", "pos")
        },
        **{
            f"_operator.{name}": getattr(operator, name)
            for name in ("eq", "ne", "le", "ge", "lt", "gt", "and_", "or_")
        },
        "torch.sym_int": int,
        "torch.sym_float": float,
        "torch.sym_max": max,
        "torch.sym_min": min,
        "torch.sym_not": operator.not_,
    }
)
"""What a program does with sizes of tensors."""

_ATEN = re.compile(r"torch\.ops\.aten\.([a-z_][a-z0-9_]{0,80})\.([A-Za-z_][A-Za-z0-9_]{0,80})")
_CHECKS = re.compile(r"torch\.ops\.aten\.(_assert_\w+|sym_constrain_range\w*)\.\w+")
"""What the exporter adds to test sizes: shapes are tested here anyway."""

_PLAIN = re.compile(r"(Optional\[|List\[)*(Tensor|int|float|bool|number|Device)\]*")
"""Types of arguments that can name no file, no object and no code."""

_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "conv1d": frozenset({"same", "valid"}),
        "conv2d": frozenset({"same", "valid"}),
        "conv3d": frozenset({"same", "valid"}),
        # "trunc" of whole numbers ends the process where the quotient is too large for the type.
        "div": frozenset({"floor"}),
        "div_": frozenset({"floor"}),
        "gelu": frozenset({"none", "tanh"}),
        "gelu_": frozenset({"none", "tanh"}),
        "pad": frozenset({"constant", "reflect", "replicate", "circular"}),
    }
)
"""The only operators that take text, and what they may be told."""
_SUMS = "einsum"
_EQUATION = re.compile(r"[A-Za-z., >-]{1,200}")


@dataclass(frozen=True, slots=True)
class Operator:
    """What one operation of a program calls.

    Args:
        name: its name without the overload.
        call: does it.
        arguments: their names, in the order of their places.
        written: those of them that it changes.
    """

    name: str
    call: Callable[..., Any]
    arguments: tuple[str, ...] = ()
    written: frozenset[str] = frozenset()

    def check_mode(self, given: Mapping[str, object], where: object) -> None:
        """Refuse arguments, by their names, by which the operator would learn or drop out.

        Raises:
            ModelError: there is one.
        """
        on = [name for name in OFF if given.get(name)]
        if given.get("use_input_stats") and given.get("running_mean") is not None:
            on.append("use_input_stats")
        if on:
            raise ModelError(
                "program in training mode",
                where=where,
                expected=f"{self.name} with {on[0]} off",
                got="on",
                hint=EVAL,
            )

    def check_text(self, text: object, where: object) -> str:
        """A text that the operator is given, where it may be told that.

        Raises:
            ModelError: it may not.
        """
        known = _WORDS.get(self.name, frozenset())
        is_equation = self.name == _SUMS and _EQUATION.fullmatch(str(text))
        if isinstance(text, str) and (text in known or is_equation):
            return text
        raise ModelError(
            "text that an operator of a program may not be given",
            where=where,
            expected=" or ".join(sorted(known)) or "none",
            got=f"{str(text)[:100]!r} for {self.name}",
        )


def resolve(target: str, where: object) -> Operator | None:
    """The operator that a program calls so; None for one that only tests sizes.

    Raises:
        ModelError: none of those that a program may use.
    """
    if target in _NUMBERS:
        return Operator(target, _NUMBERS[target])
    if _CHECKS.fullmatch(target):
        return None
    found = _ATEN.fullmatch(target)
    operation = _aten(*found.groups()) if found else None
    if operation is None:
        raise ModelError(
            "operator that a program may not use",
            where=where,
            expected="tensor operators of torch.ops.aten that inference needs",
            got=target[:100],
            hint="export the plain module in evaluation mode, or give package.module:factory",
        )
    return operation


def _aten(name: str, overload: str) -> Operator | None:
    if name not in FORWARD | IN_PLACE or overload not in OVERLOADS.get(name, (overload,)):
        return None
    schema = _schema(name, overload)
    if schema is None or not all(_may_take(name, str(one.type)) for one in schema.arguments):
        return None
    written = [one.name for one in schema.arguments if one.alias_info and one.alias_info.is_write]
    if written and name not in IN_PLACE:
        return None
    return Operator(
        name,
        INSTEAD.get(name) or getattr(getattr(torch.ops.aten, name), overload),
        tuple(one.name for one in schema.arguments),
        frozenset(written),
    )


def _schema(name: str, overload: str) -> FunctionSchema | None:
    wanted = "" if overload == "default" else overload
    known = _jit_get_schemas_for_operator(f"aten::{name}")
    return next((schema for schema in known if schema.overload_name == wanted), None)


def _may_take(name: str, kind: str) -> bool:
    if kind in ("str", "Optional[str]"):
        return name in _WORDS or name == _SUMS
    return _PLAIN.fullmatch(kind) is not None
