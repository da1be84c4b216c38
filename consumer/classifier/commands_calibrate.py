"""The command ``consumer calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    *,
    model: Annotated[
        str, typer.Option(help="FILE.safetensors, FILE.pt2, FILE.onnx or package.module:factory.")
    ],
    dataset: Annotated[
        Path, typer.Option(help="A pickle of images with labels that it was not trained on.")
    ],
    last: Annotated[int | None, typer.Option(help="Only the last so many images.")] = None,
    layout: Annotated[
        str | None, typer.Option(help="How its images lie, as NCHW, where that is ambiguous.")
    ] = None,
    coverage: Annotated[
        float, typer.Option(help="Share of prediction sets that hold the true class.")
    ] = 0.99,
    threads: Annotated[
        int | None,
        typer.Option(help="Threads of PyTorch and onnxruntime; all processors by default."),
    ] = None,
) -> None:
    """Measure how sure a model may be, and write it into the model's card.

    The temperature of its confidences, the threshold of its prediction sets, and the
    energies that its novelty is told by; all else in the card stays.
    """
    from consumer.classifier.calibrating import calibrate_on_pickle
    from consumer.classifier.inference import configure_threads

    configure_threads(threads)
    calibrate_on_pickle(model, dataset, last=last, layout=layout, coverage=coverage)
