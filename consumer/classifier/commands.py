"""The commands ``consumer train`` and ``consumer evaluate``.

PyTorch takes a second to import, so what needs it is imported where it is used.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from consumer.classifier.paths.names import AUTO
from shared.errors import StoreError
from shared.output import standard_output

STANDARD_OUTPUT = Path("-")
MODELS = (
    "mnist, FILE.safetensors, FILE.pt2, FILE.onnx or package.module:factory; "
    "fashion-mnist by default."
)


def train(
    *,
    data_dir: Annotated[Path, typer.Option(help="Folder with the IDX files of the train split.")],
    output: Annotated[Path, typer.Option(help="The .safetensors file; its card goes beside it.")],
    dataset: Annotated[str, typer.Option(help="fashion-mnist or mnist.")] = "fashion-mnist",
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training images; the recipe's by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another setting of the recipe, as judging.folds=0; more than once for several.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Of initial weights, shuffling and changes.")
    ] = 0,
    threads: Annotated[
        int | None, typer.Option(help="Threads of PyTorch; all processors by default.")
    ] = None,
    validation: Annotated[int, typer.Option(help="Last images, kept for validation.")] = 5_000,
    precision: Annotated[str, typer.Option(help="auto, bf16 or fp32.")] = "auto",
    compiled: Annotated[
        bool, typer.Option("--compile", help="Translate the network first, with a C++ compiler.")
    ] = False,
) -> None:
    """Train the classifier from scratch by the recipe of the data set; goes on if interrupted."""
    from dataclasses import replace

    from consumer.classifier import tasks

    tasks.configure_threads(threads)
    recipe = tasks.changed(tasks.RECIPES.get(dataset, tasks.Recipe()), settings or ())
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    tasks.train_on_idx(
        data_dir,
        output,
        dataset=dataset,
        recipe=recipe,
        session=tasks.Session(
            seed=seed, validation_images=validation, precision=precision, compiled=compiled
        ),
    )


def evaluate(
    *,
    dataset: Annotated[
        Path,
        typer.Option(
            help="A pickle of images with labels; of others, producer dataset convert makes one."
        ),
    ],
    model: Annotated[str | None, typer.Option(help=MODELS)] = None,
    output: Annotated[Path, typer.Option(help="Where the JSON goes; - is standard output.")] = (
        STANDARD_OUTPUT
    ),
    first: Annotated[int | None, typer.Option(help="Only the first so many images.")] = None,
    last: Annotated[int | None, typer.Option(help="Only the last so many images.")] = None,
    layout: Annotated[
        str | None, typer.Option(help="How its images lie, as NCHW, where that is ambiguous.")
    ] = None,
    novel: Annotated[
        list[Path] | None,
        typer.Option(help="A pickle of images of another kind; more than once for several."),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Score corrupted images, too: 36 times as long.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(help="A PNG of the images that it is most surely wrong about.")
    ] = None,
    path: Annotated[
        str,
        typer.Option(
            help="Way to run the network: eager-fp32, eager-bf16, int8 or compiled-fp32; "
            "auto: the fastest."
        ),
    ] = AUTO,
) -> None:
    """Score a model on a labelled data set: accuracy, each class, doubt, novelty, robustness."""
    from consumer.classifier import tasks

    tasks.configure_threads(None)
    evaluation = tasks.evaluate_pickle(
        dataset,
        model,
        first=first,
        last=last,
        layout=layout,
        path=path,
        novel=novel or (),
        robustness=robustness,
        sheet=sheet,
    )
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
