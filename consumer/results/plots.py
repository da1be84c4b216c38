"""Plots of a report as inline SVG: no script, no request, in the colours of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from consumer.results.levels import MeasureBins
from consumer.results.svg import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    RED,
    report_style,
    svg_of,
    thousands,
)
from shared.latency import FLOOR_NS, NS_PER_MS, LatencyBins
from shared.quality import MeasureName

SHOWN_CLASSES = 20
SHOWN_LETTERS = 30
STAGE_COLOURS = {
    "network": BLUE,
    "queue": ORANGE,
    "classification": GREEN,
    "end_to_end": PURPLE,
}
_FLOOR_MS = FLOOR_NS / NS_PER_MS
# So many bins of the histogram (2 % each) make one of the plot: less noise, the same shape.
_MERGED = 5
_PANELS = 4
# Where latencies below zero are plotted, the axis is linear up to here.
_LINEAR_MS = 0.1


def latency_plot(stages: Mapping[str, LatencyBins]) -> str:
    """How the latency of each stage is distributed: frames over milliseconds, logarithmic.

    A solid line stands at each stage's median, a dashed one at its 99th percentile.

    Args:
        stages: each stage's occupied bins; at least one stage.
    """
    with report_style("latency"):
        figure = Figure(figsize=(5.8, 0.95 * len(stages) + 0.6), layout="constrained")
        panels = figure.subplots(len(stages), sharex=True, squeeze=False)[:, 0]
        for axes, (stage, bins) in zip(panels, stages.items(), strict=True):
            _draw_stage(axes, stage, bins)
        _scale(panels[-1], list(stages.values()))
        panels[-1].set_xlabel("milliseconds")
        return svg_of(figure)


def counts_plot(names: Sequence[str], counts: Sequence[int]) -> str:
    """How many frames were given each class; of more than twenty classes the most frequent."""
    order = sorted(range(len(counts)), key=lambda k: -counts[k])[:SHOWN_CLASSES]
    shown = sorted(order)
    with report_style("counts"):
        figure = Figure(figsize=(5.2, 0.28 * len(shown) + 0.7), layout="constrained")
        axes = figure.add_subplot()
        bars = axes.barh(range(len(shown)), [counts[k] for k in shown], color=BLUE, height=0.7)
        axes.bar_label(bars, labels=[f"{counts[k]:,}" for k in shown], padding=3)
        axes.set_yticks(range(len(shown)), [_plain(names[k]) for k in shown])
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(thousands())
        axes.set_xlabel("frames")
        return svg_of(figure)


def confidence_plot(histogram: Sequence[int]) -> str:
    """How confident the model was: frames in equal bins over 0..1."""
    edges = np.linspace(0.0, 1.0, len(histogram) + 1)
    with report_style("confidence"):
        figure = Figure(figsize=(5.2, 3.5), layout="constrained")
        axes = figure.add_subplot()
        axes.stairs(histogram, edges, fill=True, color=GREEN)
        axes.set_xlim(0.0, 1.0)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(thousands())
        axes.set_xlabel("confidence")
        axes.set_ylabel("frames")
        return svg_of(figure)


def quality_plot(
    measures: Mapping[MeasureName, MeasureBins],
    limits: Mapping[MeasureName, tuple[float | None, float | None]],
) -> str:
    """How each measure of the frames' quality is distributed: all frames, and the reference.

    Both are drawn as shares of their frames, the reference as a line; dashed lines stand at the
    limits of a frame that is no outlier, where they are not the ends of the measure's range.

    Args:
        measures: each measure's bins; at least one measure.
        limits: least and greatest value that is no outlier, None without.
    """
    rows = -(-len(measures) // _PANELS)
    with report_style("quality"):
        figure = Figure(figsize=(10.8, 1.55 * rows + 0.2), layout="constrained")
        panels = figure.subplots(rows, _PANELS, squeeze=False).ravel()
        for axes, (measure, bins) in zip(panels, measures.items(), strict=False):
            _draw_measure(axes, bins, limits.get(measure, (None, None)))
            axes.set_xlabel(measure.replace("_", " "))
        for axes in panels[len(measures) :]:
            axes.set_axis_off()
        return svg_of(figure)


def _draw_measure(axes: Axes, bins: MeasureBins, limits: tuple[float | None, float | None]) -> None:
    shares = [counts / max(1, counts.sum()) for counts in (bins.session, bins.reference)]
    axes.stairs(shares[0], bins.edges, fill=True, color=BLUE, alpha=0.75)
    axes.stairs(shares[1], bins.edges, color=INK, linewidth=1.0)
    used = np.flatnonzero(bins.session)
    low, high = float(bins.edges[0]), float(bins.edges[-1])
    inside = [limit for limit in limits if limit is not None and low < limit < high]
    for limit in inside:
        axes.axvline(limit, color=RED, linewidth=1.2, linestyle=(0, (3, 2)))
    ends = [*inside, *(float(bins.edges[k]) for k in (used[0], used[-1] + 1))]
    axes.set_xlim(min(ends), max(ends))
    axes.margins(x=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_yticks([])


def _draw_stage(axes: Axes, stage: str, bins: LatencyBins) -> None:
    colour = STAGE_COLOURS.get(stage, RED)
    starts = np.arange(0, len(bins.counts), _MERGED)
    counts = np.add.reduceat(bins.counts, starts)
    edges = np.append(bins.edges_ms[starts], bins.edges_ms[-1])
    axes.stairs(counts, edges, fill=True, color=colour, alpha=0.75)
    axes.axvline(_quantile(bins, 0.5), color=INK, linewidth=1.2)
    axes.axvline(_quantile(bins, 0.99), color=INK, linewidth=1.2, linestyle=(0, (3, 2)))
    name = stage.replace("_", " ").capitalize()
    axes.set_ylabel(name, rotation=0, ha="right", va="center")
    axes.set_yticks([])


def _quantile(bins: LatencyBins, share: float) -> float:
    """The middle of the bin in which so great a share of the frames is reached."""
    reached = np.cumsum(bins.counts) / bins.counts.sum()
    place = int(np.searchsorted(reached, share))
    return float(bins.edges_ms[place : place + 2].mean())


def _scale(axes: Axes, stages: Sequence[LatencyBins]) -> None:
    """One axis for all stages; clocks of two machines may make latencies negative."""
    low = min(float(bins.edges_ms[0]) for bins in stages)
    high = max(float(bins.edges_ms[-1]) for bins in stages)
    if low < -_FLOOR_MS:
        axes.set_xscale("symlog", linthresh=_LINEAR_MS)
    else:
        # Wide enough for a tick, even where all latencies are the same.
        low, high = max(low, _FLOOR_MS) / 1.5, max(high, _FLOOR_MS) * 1.5
        steps = (1.0, 2.0, 5.0) if high / low < 2e3 else (1.0,)
        axes.set_xscale("log", nonpositive="clip")
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _plain(name: str) -> str:
    """A class name on one line, without signs that XML cannot hold, and not too long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= SHOWN_LETTERS else plain[: SHOWN_LETTERS - 1] + "…"
