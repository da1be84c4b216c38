"""Programs of ``torch.export``: what goes in and out is checked, and then they run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from consumer.classifier.card import ModelCard
from consumer.classifier.foreign.archive import DAMAGED, DTYPES, read_archive
from consumer.classifier.foreign.graph import Graph
from consumer.classifier.foreign.network import check_inputs
from consumer.classifier.foreign.operators import EVAL
from consumer.classifier.foreign.trial import Trial
from shared.errors import ModelError

_HELD = {"parameter": "parameter_name", "buffer": "buffer_name"} | {
    "tensor_constant": "tensor_constant_name"
}


class ProgramRunner:
    """A ``Runner`` of a ``.pt2`` file; nothing in the file is executed but tensor operators.

    Args:
        path: the file.
        card: its card.

    Raises:
        ModelError: the file cannot be used, or does not fit its card.
    """

    name = "program"

    def __init__(self, path: Path, card: ModelCard) -> None:
        self._path = path
        archive = read_archive(path)
        with Trial(DAMAGED, where=path):
            module = archive.graph_module
            source, constants = self._inputs(module["signature"]["input_specs"], archive.tensors)
            graph = module["graph"]
            about = graph["tensor_values"][source]
            sizes = tuple(size.get("as_int") for size in about["sizes"])
            check_inputs(sizes, card, path)
            self.batch: int | None = sizes[0]
            self._dtype = DTYPES[about["dtype"]]
            if not self._dtype.is_floating_point:
                self._refuse("wrong type of the model's input", "float32", self._dtype)
            self._graph = Graph(
                graph["nodes"],
                constants,
                source=source,
                result=self._result(module),
                where=path,
            )

    @torch.inference_mode()
    def __call__(self, pixels: NDArray[np.float32]) -> object:
        """What the program makes of normalised float32 pixels (n, channels, height, width)."""
        return self._graph(torch.from_numpy(pixels).to(self._dtype))

    def _inputs(
        self, specs: list[Mapping[str, Any]], tensors: Mapping[str, Tensor]
    ) -> tuple[str, dict[str, Tensor]]:
        """What the images are called, and what the program holds, by the names in its graph."""
        sources, constants = [], {}
        for spec in specs:
            ((kind, about),) = spec.items()
            if kind in _HELD:
                constants[about["arg"]["name"]] = tensors[about[_HELD[kind]]]
            elif kind == "user_input" and "as_tensor" in about["arg"]:
                sources.append(about["arg"]["as_tensor"]["name"])
            else:
                self._refuse("input that is not supported", "tensors", kind)
        if len(sources) != 1:
            self._refuse("wrong inputs of the program", "one, the images", ", ".join(sources))
        return sources[0], constants

    def _result(self, module: Mapping[str, Any]) -> str:
        specs = module["signature"]["output_specs"]
        if changed := [kind for spec in specs for kind in spec if kind != "user_output"]:
            self._refuse("program that changes its own weights", "logits", changed[0], EVAL)
        outputs = [spec["user_output"]["arg"] for spec in specs]
        kind = self._container(module)
        if len(outputs) != 1 or kind or "as_tensor" not in outputs[0]:
            self._refuse(
                "wrong output of the model",
                "one tensor of logits",
                f"a {kind or 'container'} of {len(outputs)}",
                "wrap it so that it returns the logits alone",
            )
        return str(outputs[0]["as_tensor"]["name"])

    @staticmethod
    def _container(module: Mapping[str, Any]) -> str:
        """What the program returns its outputs in: nothing, or a tuple, list or dict."""
        for entry in module["module_call_graph"]:
            if entry["fqn"] == "" and entry["signature"]:
                kind = json.loads(entry["signature"]["out_spec"])[1]["type"]
                return str(kind or "").removeprefix("builtins.")[:40]
        return ""

    def _refuse(
        self, what: str, expected: object, got: object, hint: str | None = None
    ) -> NoReturn:
        raise ModelError(what, where=self._path, expected=expected, got=got, hint=hint)
