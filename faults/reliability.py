"""``python -m faults.reliability``: writes the kept results into docs/reliability.md as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import structlog
import typer

from faults.catalogue import SCENARIOS
from faults.results import Entry, read

log = structlog.get_logger()

RESULTS = Path("docs/faults.json")
PAGE = Path("docs/reliability.md")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SOAK = "S1"
STOLEN = 0.02
"""From which share on a row says what the host of the machine has taken."""
COLUMNS = ("", "fault", "must come out", "runs", "result", "figures", "seed")


def tables(results: Mapping[str, Entry]) -> str:
    """The results as Markdown: one table of the faults, one of the soak.

    Args:
        results: by the scenario's name; those that are missing are said not to have been played.
    """
    rows = [_row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for scenario in SCENARIOS:
        found = results.get(scenario.name)
        rows.append(_row([scenario.name, scenario.title, scenario.passes, *_told(found)]))
    machines = sorted({str(found["machine"]) for found in results.values()})
    parts = ["\n".join(rows), "Played on: " + "; ".join(machines or ["no machine yet"]) + "."]
    return "\n\n".join([*parts, *_soak(results.get(SOAK))])


def page_with(page: str, figures: str) -> str:
    """The page with these tables in the place of those that it had.

    Raises:
        ValueError: the page does not say where they belong.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected {BEGIN} and {END} in the page")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def _told(found: Entry | None) -> list[str]:
    if found is None:
        return ["", "not played", "", ""]
    if found["skipped"]:
        return ["0", f"skipped: {found['skipped']}", "", str(found["seed"])]
    result = "FAIL: " + str(found["findings"][0]) if found["findings"] else "pass"
    figures = [f"{name} {value}" for name, value in found["figures"].items()]
    if found.get("stolen", 0.0) >= STOLEN:
        figures.append(f"the host gave {found['stolen']:.0%} of the processors' time to others")
    return [str(found["runs"]), result, "; ".join(figures), str(found["seed"])]


def _soak(found: Entry | None) -> Iterator[str]:
    if found is None:
        yield "The soak has not been played."
        return
    _, result, _, seed = _told(found)
    yield (
        f"Soak ({SOAK}): {found['frames']:,} frames in {found['seconds']} s, seed {seed}: {result}."
    )
    rows = [_row(("figure", "value")), _row(("---", "---"))]
    yield "\n".join(
        [*rows, *(_row((name, str(value))) for name, value in found["figures"].items())]
    )


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def main(
    results: Annotated[Path, typer.Option(help="What was kept.")] = RESULTS,
    page: Annotated[Path, typer.Option(help="Where the tables go.")] = PAGE,
) -> None:
    """Write the tables."""
    known = read(results) if results.exists() else {}
    page.write_text(page_with(page.read_text(encoding="utf-8"), tables(known)), encoding="utf-8")
    log.info("reliability-written", page=str(page), played=len(known))


if __name__ == "__main__":
    typer.run(main)
