"""Tests of the table of a bench."""

from __future__ import annotations

import io

from rich.console import Console

from consumer.classifier.bench.printing import as_table
from consumer.classifier.bench.tasks import Report
from consumer.classifier.bench.timing import Row

ROW = Row(
    path="[b]int8",
    threads=2,
    batch=64,
    median_ms=1.23456,
    p99_ms=22.0,
    images_per_s=12345.6,
    ratio=4.5,
    labels=0.9984,
    probability=0.04712,
)
ALONE = Row(path="mine", threads=1, batch=1, median_ms=1.0, p99_ms=2.0, images_per_s=1000.0)


def _lines(report: Report) -> list[list[str]]:
    written = io.StringIO()
    Console(file=written, width=160).print(as_table(report))
    text = written.getvalue().replace("│", " ")
    return [line.split() for line in text.splitlines()]


def _report(*rows: Row, **impossible: str) -> Report:
    return Report("shirts", "512 made", "Swift 1", "2.13", "processor", rows, impossible)


def test_figures_are_rounded_and_names_are_no_markup() -> None:
    cells = "[b]int8 2 64 1.235 22.000 12,346 4.50 99.84% 0.0471".split()
    assert cells in _lines(_report(ROW))


def test_what_there_is_not_is_left_out() -> None:
    assert "mine 1 1 1.000 2.000 1,000".split() in _lines(_report(ALONE))


def test_it_says_what_was_measured_and_what_could_not_be() -> None:
    lines = [" ".join(line) for line in _lines(_report(ROW, int8="no ranges"))]
    assert "shirts, PyTorch 2.13, Swift 1" in lines
    assert "answers compared on 512 made images" in lines
    assert "milliseconds of the processor, all threads together" in lines
    assert "int8 not possible: no ranges" in lines
