"""The commands ``consumer train`` and ``consumer evaluate``.

PyTorch takes a second to import, so what needs it is imported where it is used.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import StoreError
from shared.output import standard_output

STANDARD_OUTPUT = Path("-")
EXISTING_FILE = "A .safetensors file with its card beside it; the one of the package by default."


def train(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder with the IDX files of the train split.")],
    output: Annotated[Path, typer.Option(help="The .safetensors file; its card goes beside it.")],
    dataset: Annotated[str, typer.Option(help="fashion-mnist or mnist.")] = "fashion-mnist",
    epochs: Annotated[int, typer.Option(help="Passes over the training images.")] = 12,
    seed: Annotated[int, typer.Option(help="Of initial weights, shuffling and mirroring.")] = 0,
    threads: Annotated[int, typer.Option(help="Threads of PyTorch.")] = 1,
    validation: Annotated[int, typer.Option(help="Last images, kept for validation.")] = 5_000,
    precision: Annotated[str, typer.Option(help="auto, bf16 or fp32.")] = "auto",
) -> None:
    """Train the classifier from scratch and log what it scores on the validation images."""
    from consumer.classifier import tasks

    tasks.configure_threads(threads)
    tasks.train_on_idx(
        data_dir,
        output,
        dataset=dataset,
        recipe=tasks.Recipe(epochs=epochs),
        seed=seed,
        validation_images=validation,
        precision=precision,
    )


def evaluate(
    *,
    dataset: Annotated[
        Path,
        typer.Option(
            help="A pickle of images with labels; of others, producer dataset convert makes one."
        ),
    ],
    model: Annotated[Path | None, typer.Option(help=EXISTING_FILE)] = None,
    output: Annotated[Path, typer.Option(help="Where the JSON goes; - is standard output.")] = (
        STANDARD_OUTPUT
    ),
    first: Annotated[int | None, typer.Option(help="Only the first so many images.")] = None,
    last: Annotated[int | None, typer.Option(help="Only the last so many images.")] = None,
    layout: Annotated[
        str | None, typer.Option(help="How its images lie, as NCHW, where that is ambiguous.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Threads of PyTorch.")] = 1,
) -> None:
    """Score a model on a labelled data set: accuracy, per-class figures, confusion matrix."""
    from consumer.classifier import tasks

    tasks.configure_threads(threads)
    evaluation = tasks.evaluate_pickle(dataset, model, first=first, last=last, layout=layout)
    _write(evaluation.model_dump_json(indent=2) + "\n", output)


def _write(text: str, output: Path) -> None:
    if output == STANDARD_OUTPUT:
        with standard_output():
            sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError("cannot write the file", at=output, got=error.strerror) from error
