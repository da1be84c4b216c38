"""Models made by code of the user's own: ``package.module:factory``."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from consumer.classifier.foreign.trial import Trial
from shared.errors import ModelError

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_EXPECTED = "package.module:factory"
_PATH = "install its package, or name its folder in PYTHONPATH"


def is_factory(model: str) -> bool:
    """Whether this names a factory rather than a file."""
    return _NAME.fullmatch(model) is not None


def made_by(factory: str) -> tuple[nn.Module, object]:
    """Call a factory.

    Args:
        factory: ``package.module:factory``; it is called without arguments.

    Returns:
        The module, in evaluation mode, and the card's fields; None where the factory gives none.

    Raises:
        ModelError: it is not found, raises, or returns something else.
    """
    make = _found(factory)
    with Trial("the factory failed", where=factory, expected="a torch.nn.Module"):
        made = make()
    module, fields = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(module, nn.Module):
        raise ModelError(
            "wrong result of the factory",
            where=factory,
            expected="a torch.nn.Module, or a pair of it and its card",
            got=f"{type(made).__module__}.{type(made).__qualname__}",
        )
    return module.eval(), fields


def source_of(factory: str) -> Path | None:
    """The Python file that a factory is found in; None where there is none."""
    with Trial("the factory's module is not found", where=factory):
        spec = find_spec(factory.partition(":")[0])
    return Path(spec.origin) if spec is not None and spec.has_location and spec.origin else None


class ModuleRunner:
    """A ``Runner`` of a module.

    Args:
        module: in evaluation mode.
    """

    name = "module"
    batch = None

    def __init__(self, module: nn.Module) -> None:
        self._module = module

    @torch.inference_mode()
    def __call__(self, pixels: NDArray[np.float32]) -> object:
        """What the module makes of normalised float32 pixels (n, channels, height, width)."""
        return self._module(torch.from_numpy(pixels))


def _found(factory: str) -> Callable[[], Any]:
    name, _, attribute = factory.partition(":")
    with Trial("the factory's module cannot be imported", where=factory, hint=_PATH):
        module = importlib.import_module(name)
    found = getattr(module, attribute, None)
    if not callable(found):
        raise ModelError(
            "no such factory",
            where=f"module {name}",
            expected=f"a function {attribute}",
            got="nothing of that name" if found is None else type(found).__name__,
        )
    checked: Callable[[], Any] = found
    return checked
