"""The command ``consumer bench``.

PyTorch takes a second to import, so what needs it is imported where it is used.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from consumer.classifier.bench.tasks import Report
    from shared.intake.imageset import ImageSet

_WIDTH = 110


def bench(
    *,
    model: Annotated[
        str | None,
        typer.Option(
            help="mnist, FILE.safetensors, FILE.pt2, FILE.onnx or package.module:factory. "
            "Default: the one included."
        ),
    ] = None,
    threads: Annotated[str, typer.Option(help="Threads of PyTorch, as 1,2.")] = "1",
    batches: Annotated[str, typer.Option(help="Images at once, as 1,8,64.")] = "1,8,64",
    seconds: Annotated[
        float, typer.Option(min=0.01, max=3600.0, help="For each way and size of batch.")
    ] = 0.5,
    dataset: Annotated[
        Path | None,
        typer.Option(help="A pickle of images to compare the answers on. Default: made ones."),
    ] = None,
    layout: Annotated[
        str | None, typer.Option(help="How its images lie, as NCHW, where that is ambiguous.")
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compiled", help="Compile the network too, which takes a while.")
    ] = False,
    processor_time: Annotated[
        bool,
        typer.Option("--processor-time", help="Count that, which other processes disturb less."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Time each way to run a model, and compare it with the plain network in PyTorch.

    Answers are compared on the last images of the data set, at most 10,000. A
    model that is not Catwalk's own has one way, with nothing to compare it with.
    """
    from consumer.classifier.bench import tasks

    plan = tasks.plan_of(threads, batches, seconds)
    data = None if dataset is None else _read(dataset, layout)
    report = tasks.bench_model(
        model,
        data,
        plan,
        is_compiled=compiled,
        clock="processor" if processor_time else "wall",
    )
    _give(report, is_json=as_json)


def _read(dataset: Path, layout: str | None) -> ImageSet:
    from consumer.classifier.pickles import read_pickle

    return read_pickle(dataset, layout)


def _give(report: Report, *, is_json: bool) -> None:
    from shared.output import standard_output

    with standard_output():
        if is_json:
            import json

            sys.stdout.write(json.dumps(report.as_dict(), indent=2) + "\n")
            return
        from rich.console import Console

        from consumer.classifier.bench.printing import as_table

        console = Console(file=sys.stdout)
        console = console if console.is_terminal else Console(file=sys.stdout, width=_WIDTH)
        console.print(as_table(report))
