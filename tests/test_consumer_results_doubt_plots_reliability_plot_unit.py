"""The plots of doubt: valid XML without scripts, with what is to be read from them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from svg_parts import identifiers_of, texts_of

from consumer.results.doubt_plots import novelty_plot, reliability_plot, set_sizes_plot
from consumer.results.svg import GREEN, ORANGE, RED
from shared.doubt import NOVELTY_BINS, RELIABILITY_BINS, ReliabilityBin

BINS = (
    *[ReliabilityBin(frames=0)] * (RELIABILITY_BINS - 2),
    ReliabilityBin(frames=3, confidence=0.875, accuracy=0.5),
    ReliabilityBin(frames=9, confidence=0.96875, accuracy=1.0),
)


def test_sizes_of_sets_are_written_above_their_bars() -> None:
    texts = texts_of(set_sizes_plot((1234, 56, 7, 0)))
    assert {"1", "2", "3", "4 or more", "1,234", "56", "7", "0", "classes in the set"} <= set(texts)


def test_novelties_are_plotted_from_zero_to_one_with_novel_ones_apart() -> None:
    few = novelty_plot((1000, *[0] * (NOVELTY_BINS - 2), 1))
    assert {"0.0", "1.0", "novelty", "frames"} <= set(texts_of(few))
    assert few.count(GREEN) == few.count(RED) == NOVELTY_BINS // 2


def test_a_novelty_of_no_frames_is_plotted() -> None:
    assert "novelty" in texts_of(novelty_plot((0,) * NOVELTY_BINS))


@pytest.mark.parametrize(("bins", "points"), [(BINS, 2), (BINS[:-1], 1)])
def test_each_bin_with_frames_has_a_point(bins: tuple[ReliabilityBin, ...], points: int) -> None:
    svg = reliability_plot(bins)
    assert {"confidence", "share right", "0.0", "1.0"} <= set(texts_of(svg))
    assert svg.count(f"fill: {ORANGE}") == points


@pytest.mark.parametrize(
    "draw",
    [
        lambda: set_sizes_plot((1, 0, 0, 0)),
        lambda: novelty_plot((1,) * NOVELTY_BINS),
        lambda: reliability_plot(BINS),
    ],
)
def test_a_plot_is_the_same_each_time_and_has_the_colours_of_the_page(
    draw: Callable[[], str],
) -> None:
    svg = draw()
    assert svg == draw()
    assert "currentColor" in svg and "#123456" not in svg


def test_identifiers_on_one_page_are_unique() -> None:
    plots = (
        set_sizes_plot((1, 0, 0, 0)),
        novelty_plot((1,) * NOVELTY_BINS),
        reliability_plot(BINS),
    )
    found = [name for svg in plots for name in identifiers_of(svg)]
    assert len(found) == len(set(found)) > 3
