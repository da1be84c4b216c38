"""Draw the plots of docs/classifier.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from consumer.classifier.corruptions import SEVERITIES
from consumer.classifier.evaluation import Evaluation
from consumer.results.doubt_plots import draw_reliability
from consumer.results.svg import BLUE, GREEN, INK, ORANGE, PURPLE, RED, report_style

Lines = Sequence[Mapping[str, Any]]

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, INK, "#777777")
_PAPER = "white"


def write_plot(path: Path, size: tuple[float, float], draw: Callable[[Axes], None]) -> None:
    """Draw one plot to an SVG file; the same data give the same bytes.

    Args:
        path: of the file.
        size: width and height in inches.
        draw: draws on the axes it is given.
    """
    with report_style(path.stem):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(path, format="svg", facecolor=_PAPER, metadata={"Date": None})


def draw_curves(axes: Axes, lines: Lines) -> None:
    """Validation accuracy by epoch: of the judges on what they were kept from, of the last run.

    Args:
        axes: to draw on.
        lines: of the log of ``consumer train``.
    """
    runs: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in lines:
        runs[line["run"]].append(line)
    for run, colour in zip(runs, _COLOURS):
        epochs = [line["epoch"] for line in runs[run]]
        plain = [100 * line["validation_accuracy"] for line in runs[run]]
        flip = [100 * line["validation_accuracy_flip"] for line in runs[run]]
        axes.plot(epochs, plain, color=colour, label=run)
        axes.plot(epochs, flip, color=colour, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy, %; dashed: with the mirror image")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def draw_calibration(axes: Axes, evaluation: Evaluation) -> None:
    """The reliability diagram of an evaluation that has a calibration."""
    assert evaluation.calibration is not None
    draw_reliability(axes, evaluation.calibration.bins)


def draw_confusion(axes: Axes, evaluation: Evaluation) -> None:
    """How often images of each class (rows) were given each class (columns)."""
    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    # A root: errors are rare, and all that is of interest.
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0.0, vmax=1.0)
    for row, column in np.argwhere(counts > 0):
        colour = _PAPER if shares[row, column] > 0.5 else INK
        text = str(counts[row, column])
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    places = range(len(evaluation.classes))
    axes.set_xticks(places, evaluation.classes, rotation=40, ha="right")
    axes.set_yticks(places, evaluation.classes)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")


def draw_robustness(axes: Axes, shipped: Evaluation, plain: Evaluation) -> None:
    """Accuracy by severity under each corruption; dashed that of the plainly trained network."""
    severities = (0, *SEVERITIES)
    for evaluation, style in ((shipped, "-"), (plain, (0, (3, 2)))):
        robustness = evaluation.robustness
        assert robustness is not None
        for (kind, score), colour in zip(robustness.corruptions.items(), _COLOURS):
            values = [100 * value for value in (robustness.clean, *score.accuracies)]
            label = kind if evaluation is shipped else None
            axes.plot(severities, values, color=colour, linestyle=style, label=label)
    axes.set_xlabel("severity")
    axes.set_ylabel("accuracy, %; dashed: plainly trained")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
