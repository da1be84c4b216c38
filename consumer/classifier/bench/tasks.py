"""What ``consumer bench`` does: loads a model in every way it can be run, and images."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress

from consumer.classifier.bench.timing import Images, Plan, Row, bench
from consumer.classifier.card import ModelCard
from consumer.classifier.checkpoint import load_checkpoint
from consumer.classifier.compiled import CompiledNetwork
from consumer.classifier.foreign.loading import kind_of, load_foreign
from consumer.classifier.inference import MAX_THREADS, configure_threads
from consumer.classifier.networks import Network, PlainNetwork
from consumer.classifier.paths.choice import PATHS, run_by
from consumer.classifier.paths.kept import this_machine
from consumer.classifier.paths.made import made_images
from consumer.pipeline.preprocess import preprocess
from shared.errors import CatwalkError, SettingsError
from shared.intake.imageset import ImageSet

MADE = 512
MOST_IMAGES = 10_000
LARGEST_BATCH = 1024
COMPILED = "compiled-fp32"

Clock = Literal["wall", "processor"]
"""What is counted: the time that passes, or what all threads together take of the processor, which
other processes on the machine disturb less."""
CLOCKS: MappingProxyType[Clock, Callable[[], float]] = MappingProxyType(
    {"wall": time.perf_counter, "processor": time.process_time}
)


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of a bench.

    Args:
        model: name of the model.
        images: where they are from, and how many.
        machine: the processor.
        torch: version of PyTorch.
        clock: what was counted.
        rows: the figures.
        impossible: ways that the model cannot be run here, and why.
    """

    model: str
    images: str
    machine: str
    torch: str
    clock: Clock
    rows: tuple[Row, ...]
    impossible: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model, loaded in every way it can be run.

    Args:
        card: what it is.
        networks: the ways.
        reference: the plain way, None for a model that is not the project's own.
        impossible: ways that failed, and why.
    """

    card: ModelCard
    networks: list[Network]
    reference: Network | None = None
    impossible: dict[str, str] = field(default_factory=dict)


def plan_of(threads: str, batches: str, seconds: float) -> Plan:
    """A plan as the options have it.

    Args:
        threads: numbers as "1,2".
        batches: numbers as "1,8,64", at most 1,024.
        seconds: for each way and size.

    Raises:
        SettingsError: a list that is none, or a number out of its range.
    """
    return Plan(
        threads=_numbers(threads, "threads", MAX_THREADS),
        batches=_numbers(batches, "batches", LARGEST_BATCH),
        seconds=seconds,
    )


def load_subject(model: str | None, *, is_compiled: bool = False) -> Subject:
    """Load a model in every way it can be run.

    Args:
        model: as for ``Classifier.load``.
        is_compiled: compile it too, and wait until that is done.

    Raises:
        ModelError: the model cannot be used.
    """
    if model is not None and kind_of(model) != "checkpoint":
        foreign = load_foreign(model)
        return Subject(foreign.card, [foreign.network])
    found = load_checkpoint(None if model is None else Path(model))
    networks: list[Network] = []
    impossible: dict[str, str] = {}
    for name in PATHS:
        if name == COMPILED and not is_compiled:
            continue
        try:
            networks.append(run_by(found, name))
        except CatwalkError as error:
            impossible[name] = str(error)
    for network in networks:
        if isinstance(network, CompiledNetwork):
            network.join()
    return Subject(found.card, networks, PlainNetwork(found.model, found.card), impossible)


def bench_model(
    model: str | None,
    data: ImageSet | None,
    plan: Plan,
    *,
    is_compiled: bool = False,
    clock: Clock = "wall",
) -> Report:
    """Time a model, with a bar on a terminal.

    Args:
        model: as for ``Classifier.load``.
        data: images to compare answers on, at most 10,000 of them; None for made ones.
        plan: what is to be timed.
        is_compiled: compile it too.
        clock: what is counted.

    Raises:
        ModelError: the model cannot be used.
    """
    configure_threads(plan.threads[0])
    subject = load_subject(model, is_compiled=is_compiled)
    images = _images(subject.card, data)
    rows: list[Row] = []
    console = Console(file=sys.stderr)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("timing", total=len(plan.threads) * len(plan.batches))
        for some in bench(
            subject.networks, subject.reference, images, plan=plan, clock=CLOCKS[clock]
        ):
            rows.extend(some)
            progress.advance(task)
    return Report(
        model=subject.card.name,
        images=f"{len(images)} made" if data is None else f"{len(images)} of {data.where}",
        machine=_machine(),
        torch=torch.__version__,
        clock=clock,
        rows=tuple(rows),
        impossible=subject.impossible,
    )


def _numbers(text: str, name: str, most: int) -> tuple[int, ...]:
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(1 <= number <= most for number in found):
        raise SettingsError(
            "wrong list of numbers",
            where=f"option --{name}",
            expected=f"numbers from 1 to {most} with commas between",
            got=repr(text),
        )
    return tuple(dict.fromkeys(found))


def _images(card: ModelCard, data: ImageSet | None) -> Images:
    if data is None:
        return made_images(MADE, card.image_shape)
    count = min(len(data), MOST_IMAGES)
    chosen = (data.image(number) for number in range(len(data) - count, len(data)))
    return np.stack([preprocess(image, card.input_size, card.channels) for image in chosen])


def _machine() -> str:
    lines = this_machine().splitlines()
    return next((line for line in lines[2:] if line), lines[0])
