"""Plots of a report as inline SVG: no script, no request, in the colours of the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from consumer.results.levels import MeasureBins
from shared.latency import FLOOR_NS, NS_PER_MS, LatencyBins
from shared.quality import MeasureName

SHOWN_CLASSES = 20
SHOWN_LETTERS = 30
# Wong (2011), Nature Methods 8:441: distinguishable with colour-blind eyes, on light and dark.
BLUE, ORANGE, GREEN, PURPLE, RED = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"
STAGE_COLOURS = {
    "network": BLUE,
    "queue": ORANGE,
    "classification": GREEN,
    "end_to_end": PURPLE,
}
# Text and axes are drawn in this colour, then handed to the page as its own.
_INK = "#123456"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # A class name is no formula, whatever signs it has.
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
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
    with _style("latency"):
        figure = Figure(figsize=(5.8, 0.95 * len(stages) + 0.6), layout="constrained")
        panels = figure.subplots(len(stages), sharex=True, squeeze=False)[:, 0]
        for axes, (stage, bins) in zip(panels, stages.items(), strict=True):
            _draw_stage(axes, stage, bins)
        _scale(panels[-1], list(stages.values()))
        panels[-1].set_xlabel("milliseconds")
        return _svg(figure)


def counts_plot(names: Sequence[str], counts: Sequence[int]) -> str:
    """How many frames were given each class; of more than twenty classes the most frequent."""
    order = sorted(range(len(counts)), key=lambda k: -counts[k])[:SHOWN_CLASSES]
    shown = sorted(order)
    with _style("counts"):
        figure = Figure(figsize=(5.2, 0.28 * len(shown) + 0.7), layout="constrained")
        axes = figure.add_subplot()
        bars = axes.barh(range(len(shown)), [counts[k] for k in shown], color=BLUE, height=0.7)
        axes.bar_label(bars, labels=[f"{counts[k]:,}" for k in shown], padding=3)
        axes.set_yticks(range(len(shown)), [_plain(names[k]) for k in shown])
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.xaxis.set_major_formatter(_thousands())
        axes.set_xlabel("frames")
        return _svg(figure)


def confidence_plot(histogram: Sequence[int]) -> str:
    """How confident the model was: frames in equal bins over 0..1."""
    edges = np.linspace(0.0, 1.0, len(histogram) + 1)
    with _style("confidence"):
        figure = Figure(figsize=(5.2, 3.5), layout="constrained")
        axes = figure.add_subplot()
        axes.stairs(histogram, edges, fill=True, color=GREEN)
        axes.set_xlim(0.0, 1.0)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(_thousands())
        axes.set_xlabel("confidence")
        axes.set_ylabel("frames")
        return _svg(figure)


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
    with _style("quality"):
        figure = Figure(figsize=(10.8, 1.55 * rows + 0.2), layout="constrained")
        panels = figure.subplots(rows, _PANELS, squeeze=False).ravel()
        for axes, (measure, bins) in zip(panels, measures.items(), strict=False):
            _draw_measure(axes, bins, limits.get(measure, (None, None)))
            axes.set_xlabel(measure.replace("_", " "))
        for axes in panels[len(measures) :]:
            axes.set_axis_off()
        return _svg(figure)


def _draw_measure(axes: Axes, bins: MeasureBins, limits: tuple[float | None, float | None]) -> None:
    shares = [counts / max(1, counts.sum()) for counts in (bins.session, bins.reference)]
    axes.stairs(shares[0], bins.edges, fill=True, color=BLUE, alpha=0.75)
    axes.stairs(shares[1], bins.edges, color=_INK, linewidth=1.0)
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
    axes.axvline(_quantile(bins, 0.5), color=_INK, linewidth=1.2)
    axes.axvline(_quantile(bins, 0.99), color=_INK, linewidth=1.2, linestyle=(0, (3, 2)))
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


def _thousands() -> FuncFormatter:
    return FuncFormatter(lambda value, _: f"{value:,.0f}")


def _plain(name: str) -> str:
    """A class name on one line, without signs that XML cannot hold, and not too long."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= SHOWN_LETTERS else plain[: SHOWN_LETTERS - 1] + "…"


@contextmanager
def _style(name: str) -> Iterator[None]:
    """Draw in the report's style; the salt keeps identifiers of several plots on a page apart."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # A sign that the font for measuring lacks is still drawn, by the fonts of the reader.
        warnings.simplefilter("ignore", UserWarning)
        yield


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    head, _, body = svg[svg.index("<svg") :].partition(">")
    # The page gives the width; the height follows from the view box.
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # Groups are named alike in every plot, and nothing refers to them.
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(rf"(fill|stroke): {_INK}", r"\1: currentColor", body)
    return f"{head}>{re.sub(r'font-family: [^;<>]*;', 'font-family: inherit;', body)}"
