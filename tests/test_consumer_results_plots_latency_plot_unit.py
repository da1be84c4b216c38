"""The plots of a report: valid XML without scripts, with identifiers of their own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from quality_parts import judged, rows
from result_parts import HOSTILE_NAMES
from svg_parts import identifiers_of, texts_of

from consumer.results.plots import (
    SHOWN_CLASSES,
    confidence_plot,
    counts_plot,
    latency_plot,
    quality_plot,
)
from shared.latency import LatencyBins, LatencyHistogram
from shared.quality import MEASURES

MS = 1_000_000


def _bins(*nanoseconds: int) -> LatencyBins:
    histogram = LatencyHistogram()
    histogram.update(np.array(nanoseconds, np.int64))
    bins = histogram.bins()
    assert bins is not None
    return bins


def test_each_stage_has_its_name_on_a_common_axis() -> None:
    texts = texts_of(latency_plot({"end_to_end": _bins(3 * MS), "queue": _bins(MS, 40 * MS)}))
    assert {"End to end", "Queue", "milliseconds", "1", "10"} <= set(texts)
    assert texts.count("10") == 1


@pytest.mark.parametrize(
    ("latencies", "ticks"),
    [
        ((0,), {"0.001"}),
        ((1,), {"0.001"}),
        ((5 * MS,) * 3, {"5"}),
        ((900, 10**15), {"0.01", "1", "100"}),
        ((-2 * MS, 3 * MS), {"-1", "0", "1"}),
        ((-(10**13), 10**13), {"0"}),
    ],
    ids=["zero", "a nanosecond", "all the same", "wide", "negative", "out of range"],
)
def test_latencies_of_any_size_and_sign_are_plotted(
    latencies: tuple[int, ...], ticks: set[str]
) -> None:
    texts = [
        text.replace("−", "-") for text in texts_of(latency_plot({"network": _bins(*latencies)}))
    ]
    assert ticks <= set(texts)


def test_a_stage_below_zero_does_not_hide_another() -> None:
    svg = latency_plot({"network": _bins(-5 * MS), "queue": _bins(MS), "other": _bins(2 * MS)})
    assert {"Network", "Queue", "Other"} <= set(texts_of(svg))
    assert svg.count("fill: #0072b2") == svg.count("fill: #e69f00") == 1


def test_counts_are_written_beside_their_classes() -> None:
    texts = texts_of(counts_plot(("shoe", "coat"), (1234, 0)))
    assert {"shoe", "coat", "1,234", "0", "frames"} <= set(texts)


def test_of_many_classes_the_most_frequent_are_shown_in_their_order() -> None:
    texts = texts_of(counts_plot([f"class {k}" for k in range(1000)], range(1000)))
    shown = [text for text in texts if text.startswith("class")]
    assert shown == [f"class {k}" for k in range(1000 - SHOWN_CLASSES, 1000)]


def test_any_name_is_written_as_it_is_on_one_line() -> None:
    texts = texts_of(counts_plot(HOSTILE_NAMES, range(1, len(HOSTILE_NAMES) + 1)))
    expected = [
        name.translate(dict.fromkeys(map(ord, "\r\n\x07\x1b"), "?")) for name in HOSTILE_NAMES
    ]
    shortened = [name if len(name) <= 30 else name[:29] + "…" for name in expected]
    assert set(shortened) - set(texts) <= {""}


def test_confidences_are_plotted_from_zero_to_one() -> None:
    assert {"0.0", "1.0", "confidence", "frames"} <= set(texts_of(confidence_plot([0] * 19 + [7])))


def test_each_measure_has_its_name_and_its_limits() -> None:
    bins = judged(rows(300)).bins()
    none, both = quality_plot(bins, {}), quality_plot(bins, {"brightness": (60.0, 140.0)})
    assert {name.replace("_", " ") for name in MEASURES} <= set(texts_of(both))
    assert (none.count("#d55e00"), both.count("#d55e00")) == (0, 2)
    # A limit at the end of the range is none.
    assert "#d55e00" not in quality_plot(bins, {"saturation": (0.0, 1.0), "entropy": (None, 8.0)})


def test_a_place_without_a_measure_stays_empty() -> None:
    bins = judged(rows(40)).bins()
    texts = texts_of(quality_plot({name: bins[name] for name in MEASURES[:5]}, {}))
    assert {"saturation"} <= set(texts) and "darkest" not in texts


@pytest.mark.parametrize(
    "draw",
    [
        lambda: latency_plot({"queue": _bins(MS)}),
        lambda: counts_plot(("shoe",), (1,)),
        lambda: confidence_plot((1, 2)),
        lambda: quality_plot(judged(rows(40)).bins(), {}),
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
        latency_plot({"queue": _bins(MS), "network": _bins(MS)}),
        counts_plot(("shoe",), (1,)),
        confidence_plot((1, 2)),
        quality_plot(judged(rows(40)).bins(), {}),
    )
    found = [name for svg in plots for name in identifiers_of(svg)]
    assert len(found) == len(set(found)) > 3
