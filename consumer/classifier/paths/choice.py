"""Ways to run the project's own network, and which of them is the fastest here: measured, once."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import structlog
import torch
from numpy.typing import NDArray

from consumer.classifier.checkpoint import Checkpoint
from consumer.classifier.compiled import CompiledNetwork, has_compiler
from consumer.classifier.int8 import Int8Network
from consumer.classifier.networks import EagerNetwork, Network, Outputs
from consumer.classifier.paths.agreement import agreement
from consumer.classifier.paths.kept import KeptChoices, choice_key
from consumer.classifier.paths.made import made_images
from consumer.classifier.paths.names import AUTO, FALLBACK
from consumer.classifier.paths.race import Racing, race
from consumer.classifier.precision import faster_precision
from shared.errors import CatwalkError, ModelError, SettingsError
from shared.places import default_cache_dir

RACED = (FALLBACK, "eager-bf16", "int8")
"""What may be chosen unasked. Compiling gains less than int8, and costs the stream ten seconds."""
BATCHES = (1, 64)
RACE_S = 0.06
PROBES = 16
PIXELS = 64 * 56 * 56
"""At most so many are raced with at once: large images come in smaller batches."""
NEEDED_GAIN = 1.15
"""How much faster another path must be: it costs accuracy, and noise decides a close race."""

log = structlog.get_logger()


def fastest(
    checkpoint: Checkpoint,
    *,
    wanted: str = AUTO,
    threads: int | None = None,
    cache_dir: Path | None = None,
    racing: Racing = race,
) -> Network:
    """The network, run the way that is wanted, or the fastest way that gives the same answers.

    "auto" races the candidates for some tenths of a second at batches of 1 and of 64, and keeps
    the outcome. One path runs all batches: a frame's answer must not depend on how many came with
    it.

    Args:
        checkpoint: the model.
        wanted: "auto" or a name in ``PATHS``.
        threads: of PyTorch, which the outcome depends on; None for those that it is set to.
        cache_dir: where outcomes are kept; None for the default folder.
        racing: as ``race``.

    Raises:
        ModelError: the model cannot be run as wanted.
        SettingsError: an unknown path, or one that this machine cannot run.
    """
    if wanted != AUTO:
        return run_by(checkpoint, wanted)
    kept = KeptChoices(cache_dir or default_cache_dir(os.environ))
    key = choice_key(checkpoint, threads or torch.get_num_threads())
    known = kept.find(key)
    if known in RACED:
        try:
            return run_by(checkpoint, known)
        except CatwalkError as error:
            log.debug("choice-not-possible", path=known, reason=str(error))
    chosen = _raced(list(candidates(checkpoint)), checkpoint, racing)
    kept.keep(key, chosen.name)
    return chosen


def run_by(checkpoint: Checkpoint, name: str) -> Network:
    """The network, run by the path of this name.

    Raises:
        ModelError: the model cannot be run so.
        SettingsError: an unknown path, or one that this machine cannot run.
    """
    if name not in PATHS:
        raise SettingsError(
            "unknown value", where="path", expected=", ".join((AUTO, *PATHS)), got=repr(name)
        )
    return PATHS[name](checkpoint)


def candidates(checkpoint: Checkpoint) -> Iterator[Network]:
    """The ways that may be the fastest here and give the same answers, the fallback first."""
    yield run_by(checkpoint, FALLBACK)
    others = ("eager-bf16", "int8") if faster_precision() == "bf16" else ("int8",)
    for name in others:
        try:
            yield run_by(checkpoint, name)
        except (ModelError, SettingsError) as error:
            log.debug("path-not-possible", path=name, reason=str(error))


def _raced(networks: Sequence[Network], checkpoint: Checkpoint, racing: Racing) -> Network:
    if len(networks) == 1:
        return networks[0]
    scores = [0.0] * len(networks)
    for batch in BATCHES:
        times = racing(networks, _images(batch, checkpoint), seconds=RACE_S)
        # The geometric mean over the batches of how long each takes beside the first.
        scores = [
            score + math.log(time / times[0]) / len(BATCHES) for score, time in zip(scores, times)
        ]
    speeds = {network.name: round(math.exp(-score), 2) for network, score in zip(networks, scores)}
    best = min(range(len(networks)), key=lambda place: scores[place])
    chosen = networks[best if scores[best] < -math.log(NEEDED_GAIN) else 0]
    log.info("path-chosen", path=chosen.name, times_as_fast=speeds)
    return chosen


def _images(count: int, checkpoint: Checkpoint) -> NDArray[np.uint8]:
    """As many made images of the model's size, fewer where they are large."""
    size = checkpoint.card.input_size
    return made_images(max(1, min(count, PIXELS // math.prod(size))), size)


def _bf16(checkpoint: Checkpoint) -> Network:
    network = EagerNetwork(checkpoint.model, checkpoint.card, "bf16")
    images = _images(PROBES, checkpoint)
    _check(network.name, checkpoint, images, network.run(images))
    return network


def _int8(checkpoint: Checkpoint) -> Network:
    images = _images(PROBES, checkpoint)
    try:
        network = Int8Network(checkpoint.model, checkpoint.card)
        outputs = network.run(images)
    except (RuntimeError, AttributeError, TypeError) as error:
        # PyTorch's own words for operations that it lacks, or has in another form.
        raise _impossible("int8", "PyTorch's int8 convolutions", "none") from error
    # Processors without VNNI saturate sums of int8.
    _check(network.name, checkpoint, images, outputs)
    return network


def _check(name: str, checkpoint: Checkpoint, images: NDArray[np.uint8], outputs: Outputs) -> None:
    eager = EagerNetwork(checkpoint.model, checkpoint.card, "fp32")
    found = agreement(eager.run(images), outputs)
    if not found.is_sound:
        raise _impossible(name, "the answers of fp32", f"an error of {found.error:.2f}")


def _compiled(checkpoint: Checkpoint) -> Network:
    if not has_compiler():
        raise _impossible("compiled-fp32", "a C++ compiler, in PATH or named by CXX", "none")
    network = CompiledNetwork(checkpoint.model, checkpoint.card)
    network.start()
    return network


def _impossible(name: str, expected: str, got: str) -> SettingsError:
    return SettingsError(
        f"cannot run the model by {name} on this machine",
        expected=expected,
        got=got,
        hint=f"take --path {AUTO} or {FALLBACK}",
    )


PATHS: MappingProxyType[str, Callable[[Checkpoint], Network]] = MappingProxyType(
    {
        FALLBACK: lambda found: EagerNetwork(found.model, found.card, "fp32"),
        "eager-bf16": _bf16,
        "int8": _int8,
        "compiled-fp32": _compiled,
    }
)
"""Each way to run the network."""
