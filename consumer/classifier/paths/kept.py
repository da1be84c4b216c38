"""Remembers which way of running a model was fastest on this machine, in a small JSON file."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog
import torch

from consumer.classifier.checkpoint import Checkpoint

FILE = "paths.json"
MAX_BYTES = 2**16
MOST = 64
CPU_INFO = Path("/proc/cpuinfo")
_FORMAT = 1
_TOLD = ("model name", "flags", "Features", "CPU implementer", "CPU part")
_VARIABLES = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")

log = structlog.get_logger()


class KeptChoices:
    """Choices of earlier processes. A file that is damaged or cannot be written is no error.

    Args:
        folder: where the file lies.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def find(self, key: str) -> str | None:
        """The name that was kept under this key, None where there is none."""
        return self._read().get(key)

    def keep(self, key: str, name: str) -> None:
        """Remember a name, beside the latest of the others."""
        kept = self._read()
        kept.pop(key, None)
        latest = dict([*kept.items(), (key, name)][-MOST:])
        partial = self._path.with_name(f"{FILE}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps({"format": _FORMAT, "choices": latest}, indent=1))
            partial.replace(self._path)
        except OSError as error:
            log.debug("choice-not-kept", file=str(self._path), reason=error.strerror)
            with suppress(OSError):
                partial.unlink()

    def _read(self) -> dict[str, str]:
        try:
            with self._path.open("rb") as stream:
                found = json.loads(stream.read(MAX_BYTES))
            choices = found["choices"] if found["format"] == _FORMAT else {}
            return {str(key): str(name) for key, name in choices.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            log.debug("choices-unreadable", file=str(self._path), reason=repr(error))
            return {}


def choice_key(checkpoint: Checkpoint, threads: int, machine: str | None = None) -> str:
    """What a choice depends on, as one SHA-256: weights, ranges, PyTorch, processor and threads.

    Args:
        checkpoint: the model.
        threads: how many PyTorch uses.
        machine: the processor in words; None for this one.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(checkpoint.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    facts = (
        checkpoint.card.architecture,
        checkpoint.card.ranges,
        checkpoint.card.input_size,
        torch.__version__,
        this_machine() if machine is None else machine,
        threads,
    )
    digest.update(repr(facts).encode())
    return digest.hexdigest()


def this_machine(info: Path = CPU_INFO, environment: Mapping[str, str] = os.environ) -> str:
    """The processor: model, instructions, and what is to be used of them."""
    lines: dict[str, str] = {}
    with suppress(OSError):
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            lines.setdefault(name.strip(), value.strip())
    told = [lines[name] for name in _TOLD if name in lines]
    limits = [f"{name}={environment[name]}" for name in _VARIABLES if name in environment]
    return "\n".join((platform.machine(), platform.processor(), *told, *limits))
