"""ONNX files, run by onnxruntime, which comes with the extra ``catwalk[onnx]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray

from consumer.classifier.card import ModelCard
from consumer.classifier.foreign.network import check_inputs
from consumer.classifier.foreign.trial import Trial
from shared.errors import ModelError

_TYPES: Mapping[str, str] = MappingProxyType(
    {"tensor(float)": "f4", "tensor(double)": "f8", "tensor(float16)": "f2"}
)
_OLDEST = (1, 24, 1)
"""Older ones read weights from any file of the machine that the model names."""
_HINT = "pip install 'catwalk[onnx]'"
_SILENT = 4
"""The severity from which on onnxruntime writes to standard error: only what ends the process."""


class OnnxRunner:
    """A ``Runner`` of an ``.onnx`` file, on the processor, with as many threads as PyTorch has.

    Args:
        path: the file; weights that it keeps in files of their own lie beside it.
        card: its card.

    Raises:
        ModelError: onnxruntime is not installed or too old, or the file cannot be used or
            does not fit its card.
    """

    name = "onnx"

    def __init__(self, path: Path, card: ModelCard) -> None:
        self._path = path
        if not path.is_file():
            raise ModelError("cannot read the model", at=path, expected="a file")
        runtime = _runtime(path)
        with Trial("damaged or unknown ONNX model", where=path):
            self._session = runtime.InferenceSession(
                str(path), _options(runtime), providers=["CPUExecutionProvider"]
            )
        source = self._one("inputs", self._session.get_inputs(), "one, the images")
        result = self._one("outputs", self._session.get_outputs(), "one, the logits")
        sizes = tuple(size if isinstance(size, int) else None for size in source.shape)
        check_inputs(sizes, card, path)
        if source.type not in _TYPES:
            self._refuse("wrong type of the model's input", "tensor(float)", source.type)
        self.batch = sizes[0]
        self._source, self._result = source.name, result.name
        self._dtype = np.dtype(_TYPES[source.type])

    def __call__(self, pixels: NDArray[np.float32]) -> object:
        """What the model makes of normalised float32 pixels (n, channels, height, width)."""
        feed = {self._source: pixels.astype(self._dtype, copy=False)}
        return self._session.run([self._result], feed)[0]

    def _one(self, what: str, found: list[Any], expected: str) -> Any:
        if len(found) != 1:
            names = ", ".join(str(one.name) for one in found)
            self._refuse(f"wrong {what} of the model", expected, f"{len(found)}: {names}")
        return found[0]

    def _refuse(self, what: str, expected: object, got: object) -> NoReturn:
        raise ModelError(what, where=self._path, expected=expected, got=got)


def _runtime(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "onnxruntime is missing, which runs ONNX models",
            where=path,
            got=error,
            hint=_HINT,
        ) from error
    version = str(onnxruntime.__version__)
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if found is None or tuple(map(int, found.groups())) < _OLDEST:
        raise ModelError(
            "onnxruntime is too old: it reads weights outside of the model's folder",
            where=path,
            expected="onnxruntime 1.24.1 or newer",
            got=version[:40],
            hint=_HINT,
        )
    onnxruntime.set_default_logger_severity(_SILENT)
    return onnxruntime


def _options(runtime: Any) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = torch.get_num_threads()
    options.inter_op_num_threads = 1
    # Threads that wait busily take the processor from the receiver.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
