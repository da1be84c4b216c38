"""svg_of: a figure as an element that the page gives its width, colours and font."""

from __future__ import annotations

from matplotlib.figure import Figure
from svg_parts import texts_of

from consumer.results.svg import INK, report_style, svg_of, thousands


def _drawn(title: str) -> str:
    with report_style("test"):
        figure = Figure(figsize=(2, 2), layout="constrained")
        axes = figure.add_subplot()
        axes.plot((0, 10_000), (0, 1), color=INK)
        axes.set_title(title)
        axes.xaxis.set_major_formatter(thousands())
        return svg_of(figure)


def test_it_has_the_text_and_the_colours_of_the_page() -> None:
    svg = _drawn("all frames")
    assert svg.startswith("<svg") and svg.rstrip().endswith("</svg>")
    assert {"all frames", "10,000"} <= set(texts_of(svg))
    assert INK not in svg and "currentColor" in svg
    assert "DejaVu" not in svg and "<metadata" not in svg


def test_signs_that_the_font_lacks_are_drawn_without_a_warning() -> None:
    assert "外套" in texts_of(_drawn("外套"))
