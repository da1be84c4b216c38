"""Keeps a training run on disk after each epoch, so that an interrupted one goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import structlog
from safetensors import SafetensorError, safe_open
from torch import Tensor

from shared.errors import StoreError

SUFFIX = ".training"
_RUN = "run"
_LETTERS = 16

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A run after some of its epochs.

    Args:
        state: its tensors, by name.
        done: how many epochs.
        lines: what was logged of each.
    """

    state: Mapping[str, Tensor]
    done: int
    lines: list[dict[str, Any]]


class Keeper:
    """A folder with the runs that make one model.

    Args:
        folder: made at the first ``keep``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def beside(cls, output: Path) -> Keeper:
        """The folder of the model that is to be written to ``output``."""
        return cls(output.with_name(output.stem + SUFFIX))

    def find(self, name: str, fingerprint: str) -> Kept | None:
        """A run of this name and fingerprint; None where none was kept.

        Runs of other fingerprints stay as they are, beside it.

        Args:
            name: of the run.
            fingerprint: of its data, recipe and seed.
        """
        path = self._path(name, fingerprint)
        try:
            with safe_open(path, framework="pt") as file:
                about = json.loads((file.metadata() or {})[_RUN])
                state = {key: file.get_tensor(key) for key in file.keys()}
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            log.warning("kept-training-damaged", file=str(path), reason=str(error)[:200])
            return None
        return Kept(state, about["done"], about["lines"])

    def keep(self, name: str, fingerprint: str, kept: Kept) -> None:
        """Write a run, whole or not at all.

        Raises:
            StoreError: it cannot be written.
        """
        about = {"done": kept.done, "lines": kept.lines}
        tensors = {key: value.contiguous() for key, value in kept.state.items()}
        data = safetensors.torch.save(tensors, {_RUN: json.dumps(about)})
        self._write(self._path(name, fingerprint), data)

    def clear(self) -> None:
        """Remove the folder: the model is written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def chosen(self, name: str, choices: Sequence[str], choose: Callable[[], str]) -> str:
        """What was chosen before, where it is one of the choices; else what is chosen now.

        Raises:
            StoreError: it cannot be written.
        """
        path = self._folder / f"{name}.txt"
        with suppress(OSError, ValueError):
            known = path.read_text("utf-8")
            if known in choices:
                return known
        now = choose()
        self._write(path, now.encode())
        return now

    def _write(self, path: Path, data: bytes) -> None:
        partial = path.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
            partial.replace(path)
        except OSError as error:
            raise StoreError("cannot keep the training", at=path, got=error.strerror) from error

    def _path(self, name: str, fingerprint: str) -> Path:
        return self._folder / f"{name}-{fingerprint[:_LETTERS]}.safetensors"
