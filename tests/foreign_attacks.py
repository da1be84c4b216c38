"""Programs and pickles that would execute something if anything in them were."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from foreign_samples import archive, edited, tiny_program, with_json

Attack = Callable[[Path], bytes]
"""Makes a file that touches the path if it gets to execute anything."""

_WEIGHTS = "data/weights/model_weights_config.json"
_CONSTANTS = "data/constants/model_constants_config.json"


class _Touching:
    """What a pickle turns into a call."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._mark,)


def pickled(mark: Path) -> bytes:
    """A file of ``torch.save`` that touches ``mark`` when it is unpickled."""
    stream = io.BytesIO()
    torch.save(_Touching(mark), stream)
    return stream.getvalue()


def _code(mark: Path) -> str:
    return f"__import__('pathlib').Path({str(mark)!r}).touch()"


def _member(name: str) -> Attack:
    return lambda mark: edited(tiny_program(), lambda found: found.update({name: pickled(mark)}))


def _payload(config: str, file: str, *, use_pickle: bool) -> Attack:
    """A tensor that is to be unpickled."""

    def make(mark: Path) -> bytes:
        folder = config.rpartition("/")[0]

        def change(found: dict[str, bytes]) -> None:
            found[f"{folder}/{file}"] = pickled(mark)
            entry = {"path_name": file, "is_param": False, "use_pickle": use_pickle}
            with_json(
                lambda content: content["config"].update(bad={**entry, "tensor_meta": None}), config
            )(found)

        return edited(tiny_program(), change)

    return make


def _json(change: Callable[[Any, str], object]) -> Attack:
    """Text in the program's JSON that becomes code elsewhere."""
    return lambda mark: edited(tiny_program(), with_json(lambda found: change(found, _code(mark))))


def _target(name: str) -> Attack:
    def change(found: Any, code: str) -> None:
        node = found["graph_module"]["graph"]["nodes"][0]
        node.update(target=name, inputs=[{"name": "", "arg": {"as_string": code}, "kind": 1}])

    return _json(change)


def _shape(found: Any, code: str) -> None:
    for about in found["graph_module"]["graph"]["tensor_values"].values():
        for size in about["sizes"]:
            if "as_expr" in size:
                size["as_expr"]["expr_str"] = code


def _padding(found: Any, code: str) -> None:
    nodes = found["graph_module"]["graph"]["nodes"]
    convolution = next(node for node in nodes if "conv2d" in node["target"])
    convolution["target"] = "torch.ops.aten.conv2d.padding"
    convolution["inputs"][-1]["arg"] = {"as_string": code}


def _names(found: Any, code: str) -> None:
    for node in found["graph_module"]["graph"]["nodes"]:
        node["name"] = f"x = {code}\n"
        node["metadata"]["stack_trace"] = code


HARMLESS: Mapping[str, Attack] = MappingProxyType(
    {
        "pickled sample inputs": _member("data/sample_inputs/model.pt"),
        "pickled weights of the older format": _member("data/weights/model.pt"),
        "pickled constants of the older format": _member("data/constants/model.pt"),
        "code as a size": _json(_shape),
        "code as a guard": _json(lambda found, code: found.update(guards_code=[code])),
        "code as a name": _json(_names),
    }
)
"""Attacks on what is not read at all: the program runs, and nothing happens."""

REFUSED: Mapping[str, tuple[Attack, str]] = MappingProxyType(
    {
        "a pickle of a module": (pickled, "no exported program.*got a pickle of torch.save"),
        "a pickled weight": (
            _payload(_WEIGHTS, "weight_99", use_pickle=True),
            "pickled object.*expected plain numbers for bad, got a pickle in weight_99",
        ),
        "a pickled constant": (
            _payload(_CONSTANTS, "tensor_99", use_pickle=True),
            "pickled object.*got a pickle in tensor_99",
        ),
        "a script object": (
            _payload(_CONSTANTS, "custom_obj_0", use_pickle=False),
            "pickled object.*got a pickle in custom_obj_0",
        ),
        "an opaque object": (
            _payload(_CONSTANTS, "opaque_obj_0", use_pickle=False),
            "pickled object.*got a pickle in opaque_obj_0",
        ),
        "native code": (
            _member("data/aotinductor/model/model.so"),
            "compiled library.*got native code of AOTInductor",
        ),
        "an operator that writes files": (
            _target("torch.ops.aten.save.default"),
            "operator that a program may not use.*got torch.ops.aten.save.default",
        ),
        "an operator that maps files": (
            _target("torch.ops.aten.from_file.default"),
            "operator that a program may not use.*got torch.ops.aten.from_file",
        ),
        "a function of PyTorch": (
            _target("torch.hub.load"),
            "operator that a program may not use.*got torch.hub.load",
        ),
        "a way into the interpreter": (
            _target("torch.ops.aten.__class__.__init__"),
            "operator that a program may not use.*got torch.ops.aten.__class__",
        ),
        "a getter": (_target("_operator.attrgetter"), "operator that a program may not use"),
        "text for an operator": (
            _json(_padding),
            "text that an operator of a program may not be given.*expected same or valid",
        ),
        "a bomb": (
            lambda _: archive({"a/archive_format": b"pt2", "a/models/model.json": b" " * 10**6}, 8),
            "members that are not compressed, got compressed",
        ),
        "an archive in an older format": (
            lambda mark: archive(
                {"serialized_exported_program.json": b"", "serialized_state_dict.pt": pickled(mark)}
            ),
            "no exported program.*got one of an older version; export it again",
        ),
        "another archive": (
            lambda mark: archive({"x": pickled(mark)}, zipfile.ZIP_DEFLATED),
            "no exported program.*got another archive",
        ),
    }
)
"""Attacks that are found, with what is said of them."""
