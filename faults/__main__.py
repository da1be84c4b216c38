"""``python -m faults``: play scenarios, say what came of each, and keep it as JSON."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from faults.catalogue import SCENARIOS, Scenario, play
from faults.nursery import Nursery
from faults.results import entry, keep
from faults.values import Order, Outcome, Stolen, Watch
from shared.logs import configure_logging

log = structlog.get_logger()


def main(
    *,
    names: Annotated[list[str] | None, typer.Argument(help="F1, F5, ...; all by default.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="The full figures: about two hours.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(envvar="REPRO_SEED", help="What all is drawn from.", min=0)
    ] = None,
    runs: Annotated[int | None, typer.Option(help="Runs of each scenario.", min=1)] = None,
    results: Annotated[
        Path | None, typer.Option("--json", help="Add the results to this file.")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Keep ledgers and logs here.")] = None,
) -> None:
    """Do to real services what can happen to them, and look whether every promise holds."""
    configure_logging()
    chosen = _chosen(names or [])
    drawn = secrets.randbelow(2**31) if seed is None else seed
    nursery = Nursery()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        for scenario in chosen:
            watch, stolen = Watch(), Stolen()
            outcome = play(
                scenario, _order(scenario, folder or Path(temporary), nursery, (drawn, runs, full))
            )
            _tell(scenario, drawn, outcome)
            failed |= not outcome.passed
            if results is not None:
                keep(results, scenario.name, entry(outcome, drawn, watch, stolen, full=full))
    nursery.close()
    sys.exit(int(failed))


def _chosen(names: Sequence[str]) -> list[Scenario]:
    known = {scenario.name: scenario for scenario in SCENARIOS}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise typer.BadParameter(f"no scenario {unknown[0]}; there are {', '.join(known)}")
    return [known[name] for name in names] or list(SCENARIOS)


def _order(
    scenario: Scenario, folder: Path, nursery: Nursery, how: tuple[int, int | None, bool]
) -> Order:
    seed, runs, full = how
    place = folder / scenario.name
    # A socket's and a URL's idea of a path: nothing relative.
    return Order(
        runs=runs or (scenario.full if full else scenario.short),
        seed=seed,
        folder=place.absolute(),
        nursery=nursery,
        full=full,
    )


def _tell(scenario: Scenario, seed: int, outcome: Outcome) -> None:
    fields: dict[str, Any] = {"name": scenario.name, "seed": seed, "runs": outcome.runs}
    if outcome.skipped:
        log.warning("skipped", **fields, reason=outcome.skipped)
    elif outcome.passed:
        log.info("passed", **fields, figures=dict(outcome.figures))
    else:
        findings, figures = list(outcome.findings), dict(outcome.figures)
        log.error("failed", **fields, title=scenario.title, findings=findings, figures=figures)


if __name__ == "__main__":
    typer.run(main)
