"""How plots of a report are drawn: matplotlib's figures as SVG in the colours of the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

# Wong (2011), Nature Methods 8:441: distinguishable with colour-blind eyes, on light and dark.
BLUE, ORANGE, GREEN, PURPLE, RED = "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00"
INK = "#123456"
"""Text and axes are drawn in this colour, then handed to the page as its own."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # A class name is no formula, whatever signs it has.
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@contextmanager
def report_style(name: str) -> Iterator[None]:
    """Draw in the report's style; the name keeps identifiers of several plots on a page apart."""
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # A sign that the font for measuring lacks is still drawn, by the fonts of the reader.
        warnings.simplefilter("ignore", UserWarning)
        yield


def svg_of(figure: Figure) -> str:
    """The figure, drawn within ``report_style``, as an SVG element: no script, no request."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    head, _, body = svg[svg.index("<svg") :].partition(">")
    # The page gives the width; the height follows from the view box.
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # Groups are named alike in every plot, and nothing refers to them.
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(rf"(fill|stroke): {INK}", r"\1: currentColor", body)
    return f"{head}>{re.sub(r'font-family: [^;<>]*;', 'font-family: inherit;', body)}"


def thousands() -> FuncFormatter:
    """Numbers of an axis with a comma behind the thousands."""
    return FuncFormatter(lambda value, _: f"{value:,.0f}")
