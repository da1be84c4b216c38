"""The operations of an exported program, checked once and then run one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from torch import Tensor

from consumer.classifier.foreign.arguments import Json, Ref, argument_of, result_of
from consumer.classifier.foreign.operators import EVAL, Operator, resolve
from shared.errors import ModelError

_BY_NAME = 2
"""The format's number of arguments that are given by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation.

    Args:
        operator: what is done.
        arguments: by place; a ``Ref``, a value, or a list of both.
        keywords: by name.
        results: what its results are called: one name, or a list of them; None is dropped.
        written: the names of the values that it changes.
    """

    operator: Operator
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    results: tuple[Any, ...]
    written: tuple[str, ...] = ()

    def refs(self) -> Iterator[str]:
        """The names of the values that it needs."""
        for argument in (*self.arguments, *self.keywords.values()):
            for value in argument if isinstance(argument, list) else (argument,):
                if isinstance(value, Ref):
                    yield value.name


class Graph:
    """A program as a list of steps.

    Args:
        nodes: its operations, as the format has them.
        constants: its parameters, buffers and constants, by the names in ``nodes``.
        source: what the images are called.
        result: what the logits are called.
        where: the file, for error messages.

    Raises:
        ModelError: an operator or argument that is not supported, or a value that nobody makes.
    """

    def __init__(
        self,
        nodes: Sequence[Json],
        constants: Mapping[str, Tensor],
        *,
        source: str,
        result: str,
        where: object,
    ) -> None:
        self._constants = constants
        self._source = source
        self._result = result
        self._where = where
        self._steps = [step for node in nodes if (step := self._step(node)) is not None]
        self._check_names()
        self._freed = self._last_uses()
        self._held = {_storage(constant) for constant in constants.values()} - {0}

    def __call__(self, images: Tensor) -> object:
        """Run the program on images (n, channels, height, width).

        Raises:
            ModelError: an operation would change a weight.
        """
        values: dict[str, Any] = {**self._constants, self._source: images}
        for step, freed in zip(self._steps, self._freed):
            self._check_written(step, values)
            arguments = [_filled(argument, values) for argument in step.arguments]
            keywords = {name: _filled(value, values) for name, value in step.keywords.items()}
            made = step.operator.call(*arguments, **keywords)
            _store(step.results, made, values)
            for name in freed:
                del values[name]
        return values[self._result]

    def _step(self, node: Json) -> Step | None:
        operator = resolve(node["target"], self._where)
        if operator is None:
            return None
        places, keywords = [], {}
        for given in node["inputs"]:
            value = argument_of(given["arg"], operator, self._where)
            if given["kind"] == _BY_NAME:
                keywords[given["name"]] = value
            else:
                places.append(value)
        # What the program calls an argument that it gives by place is nothing to rely on.
        named = {**dict(zip(operator.arguments, places)), **keywords}
        operator.check_mode(named, self._where)
        changed = (named.get(name) for name in operator.written)
        written = tuple(value.name for value in changed if isinstance(value, Ref))
        results = tuple(result_of(output, self._where) for output in node["outputs"])
        return Step(operator, tuple(places), keywords, results, written)

    def _check_written(self, step: Step, values: Mapping[str, Any]) -> None:
        for name in step.written:
            if isinstance(values[name], Tensor) and _storage(values[name]) in self._held:
                self._refuse("program that changes its own weights", step.operator.name, EVAL)

    def _check_names(self) -> None:
        known = {*self._constants, self._source}
        for step in self._steps:
            for name in step.refs():
                if name not in known:
                    self._refuse("value that no operation makes", name)
            known.update(_names(step.results))
        if self._result not in known:
            self._refuse("value that no operation makes", self._result)

    def _last_uses(self) -> list[tuple[str, ...]]:
        """For each step the names that are not needed after it."""
        kept = {*self._constants, self._result}
        freed: list[tuple[str, ...]] = []
        for step in reversed(self._steps):
            last = dict.fromkeys((*_names(step.results), *step.refs()))
            freed.append(tuple(name for name in last if name not in kept))
            kept.update(last)
        return freed[::-1]

    def _refuse(self, what: str, got: object, hint: str | None = None) -> NoReturn:
        raise ModelError(what, where=self._where, got=got, hint=hint)


def _storage(tensor: Tensor) -> int:
    """Where its numbers lie; views of a tensor share it."""
    return tensor.untyped_storage().data_ptr()


def _filled(argument: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(argument, Ref):
        return values[argument.name]
    if isinstance(argument, list):
        return [values[item.name] if isinstance(item, Ref) else item for item in argument]
    return argument


def _names(results: Sequence[Any]) -> Iterator[str]:
    for result in results:
        yield from result if isinstance(result, list) else (result,) if result else ()


def _store(results: Sequence[Any], made: Any, values: dict[str, Any]) -> None:
    if len(results) == 1:
        made = (made,)
    for result, value in zip(results, made):
        if isinstance(result, list):
            values.update(zip(result, value, strict=True))
        elif result:
            values[result] = value
