"""The network compiled by PyTorch, meanwhile run as it is.

It needs a C++ compiler, and takes many seconds of a processor. docs/inference.md says why nothing
does this unasked.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping

import numpy as np
import structlog
import torch
from numpy.typing import NDArray

from consumer.classifier.card import TrainedCard
from consumer.classifier.model import GarmentNet
from consumer.classifier.networks import Described, EagerNetwork, Outputs
from consumer.classifier.paths.agreement import agreement
from consumer.classifier.paths.made import made_images
from consumer.classifier.paths.race import Racing, race

SIZES = (1, 64)
"""Batches that are compiled for: most are one of these, at a low rate and at a high one."""
RACE_S = 0.2
COMPILERS = ("c++", "g++", "clang++")

log = structlog.get_logger()


class CompiledNetwork(EagerNetwork):
    """The project's own network, eager in fp32 until it has been compiled for a batch size.

    What is compiled takes over only where it gives the same answers, and faster.

    Args:
        model: a trained network; it is copied.
        card: its card.
        compiler: compiles a function, on its first call with a shape.
        racing: as ``race``.
    """

    def __init__(
        self,
        model: GarmentNet,
        card: TrainedCard,
        *,
        compiler: Callable[[Described], Described] | None = None,
        racing: Racing = race,
    ) -> None:
        super().__init__(model, card, "fp32")
        self.name = "compiled-fp32"
        self.ready: dict[int, Described] = {}
        self._card = card
        self._eager = EagerNetwork(model, card, "fp32")
        self._compiler = compiler or _inductor
        self._racing = racing
        self._thread = threading.Thread(target=self._compile, name="compiler", daemon=True)

    def start(self) -> None:
        """Compile on a thread of its own."""
        self._thread.start()

    def join(self, within_s: float | None = None) -> None:
        """Wait until it has compiled, at most so long."""
        self._thread.join(within_s)

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs for uint8 images (n, H, W)."""
        return self.run_by(self.ready.get(len(images), self.described), images)

    def _compile(self) -> None:
        try:
            compiled = _By(self, self._compiler(self.described))
            for size in SIZES:
                self._try(compiled, made_images(size, self._card.input_size))
        except Exception as error:  # pylint: disable=broad-exception-caught
            # Top of the thread: without a compiled network there is still the other.
            log.warning("not-compiled", model=self._card.name, cause=repr(error))

    def _try(self, compiled: _By, images: NDArray[np.uint8]) -> None:
        found = agreement(self._eager.run(images), compiled.run(images))
        eager_s, compiled_s = self._racing((self._eager, compiled), images, seconds=RACE_S)
        taken = found.is_sound and compiled_s < eager_s
        if taken:
            self.ready[len(images)] = compiled.described
        log.info(
            "compiled",
            batch=len(images),
            taken=taken,
            eager_ms=round(eager_s * 1e3, 3),
            compiled_ms=round(compiled_s * 1e3, 3),
        )


class _By:
    name = "compiled"

    def __init__(self, network: EagerNetwork, described: Described) -> None:
        self._network = network
        self.described = described

    def run(self, images: NDArray[np.uint8]) -> Outputs:
        """Outputs by what was compiled."""
        return self._network.run_by(self.described, images)


def has_compiler(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a C++ compiler: the one that CXX names, or one of the usual names."""
    names = (environment["CXX"],) if environment.get("CXX") else COMPILERS
    return any(shutil.which(name, path=environment.get("PATH")) for name in names)


def _inductor(described: Described) -> Described:
    compiled: Described = torch.compile(
        described, dynamic=False, options={"freezing": True, "compile_threads": 1}
    )
    return compiled
