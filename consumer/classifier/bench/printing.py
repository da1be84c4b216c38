"""A bench as a table for people."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from consumer.classifier.bench.tasks import Report
from consumer.classifier.bench.timing import Row

_COLUMNS = (
    "path",
    "threads",
    "batch",
    "median ms",
    "p99 ms",
    "images/s",
    "times as fast",
    "same labels",
    "probability off by",
)


def as_table(report: Report) -> Table:
    """One row for each path, number of threads and size of batch, and below what was measured."""
    table = Table(title=Text(f"{report.model}, PyTorch {report.torch}, {report.machine}"))
    for place, name in enumerate(_COLUMNS):
        table.add_column(name, justify="right" if place else "left")
    for row in report.rows:
        table.add_row(*_cells(row))
    lines = ["milliseconds of the processor, all threads together"] * (report.clock != "wall")
    lines += [f"answers compared on {report.images} images"]
    lines += [f"{name} not possible: {reason}" for name, reason in report.impossible.items()]
    table.caption = Text("\n".join(lines))
    return table


def _cells(row: Row) -> tuple[Text, ...]:
    cells = (
        row.path,
        str(row.threads),
        str(row.batch),
        f"{row.median_ms:.3f}",
        f"{row.p99_ms:.3f}",
        f"{row.images_per_s:,.0f}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.labels is None else f"{row.labels:.2%}",
        "" if row.probability is None else f"{row.probability:.4f}",
    )
    # A name may hold what rich would take for markup.
    return tuple(Text(cell) for cell in cells)
