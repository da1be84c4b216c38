"""Plots of a model's doubt as inline SVG: set sizes, novelties, reliability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from consumer.results.svg import BLUE, GREEN, INK, ORANGE, RED, report_style, svg_of, thousands
from shared.doubt import NOVEL, ReliabilityBin

_SIZE = (5.2, 3.5)


def set_sizes_plot(sizes: Sequence[int]) -> str:
    """How many prediction sets have 1, 2, ... classes; the last count is of all larger ones."""
    names = [str(k + 1) for k in range(len(sizes) - 1)] + [f"{len(sizes)} or more"]
    with report_style("set-sizes"):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        bars = axes.bar(names, sizes, color=BLUE, width=0.7)
        axes.bar_label(bars, labels=[f"{count:,}" for count in sizes], padding=3)
        axes.margins(y=0.15)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(thousands())
        axes.set_xlabel("classes in the set")
        axes.set_ylabel("frames")
        return svg_of(figure)


def novelty_plot(histogram: Sequence[int]) -> str:
    """How unlike the training images the frames are: frames in equal bins over 0..1.

    The axis of frames is logarithmic: few novel ones among many are still seen. Bins of novel
    frames have a colour of their own.
    """
    edges = np.linspace(0.0, 1.0, len(histogram) + 1)
    novel = edges[:-1] >= NOVEL
    counts = np.array(histogram)
    with report_style("novelty"):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for which, colour in ((~novel, GREEN), (novel, RED)):
            axes.bar(edges[:-1][which], counts[which], edges[1], align="edge", color=colour)
        axes.set_xlim(0.0, 1.0)
        axes.set_yscale("symlog", linthresh=1.0)
        axes.set_ylim(bottom=0.0)
        axes.yaxis.set_major_formatter(thousands())
        axes.set_xlabel("novelty")
        axes.set_ylabel("frames")
        return svg_of(figure)


def reliability_plot(bins: Sequence[ReliabilityBin]) -> str:
    """How often labels of each confidence were right: on the dashed line, as often as said.

    The larger a point, the more frames it stands for; bins without frames have none.

    Args:
        bins: of equal width over 0..1, at least one of them with frames.
    """
    with report_style("reliability"):
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw_reliability(figure.add_subplot(), bins)
        return svg_of(figure)


def draw_reliability(axes: Axes, bins: Sequence[ReliabilityBin]) -> None:
    """Draw what ``reliability_plot`` shows, of such bins, on axes in the report's style."""
    used = [found for found in bins if found.confidence is not None]
    most = max(found.frames for found in used)
    axes.plot((0.0, 1.0), (0.0, 1.0), color=INK, linewidth=1.0, linestyle=(0, (3, 2)))
    confidences = np.array([found.confidence for found in used], np.float64)
    accuracies = np.array([found.accuracy for found in used], np.float64)
    areas = [20.0 + 180.0 * found.frames / most for found in used]
    axes.plot(confidences, accuracies, color=ORANGE, linewidth=1.0)
    axes.scatter(confidences, accuracies, areas, color=ORANGE, zorder=3, clip_on=False)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.05)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share right")
