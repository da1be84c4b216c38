"""Keeps what came of scenarios as one JSON object, by name."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

from faults.values import Outcome, Stolen, Watch

Entry = dict[str, Any]


def entry(outcome: Outcome, seed: int, watch: Watch, stolen: Stolen, *, full: bool) -> Entry:
    """An outcome with all that is needed to play it again, as plain values.

    Args:
        outcome: what came of it.
        seed: what it was drawn from.
        watch: began with it.
        stolen: likewise.
        full: the full figures.
    """
    kernel = platform.release().partition("-")[0]
    machine = f"{os.cpu_count()} cores, {platform.system()} {kernel}"
    return {
        "runs": outcome.runs,
        "findings": list(outcome.findings),
        "figures": dict(outcome.figures),
        "skipped": outcome.skipped,
        "seed": seed,
        "full": full,
        "seconds": round(watch.read(), 1),
        "stolen": round(stolen.read(), 3),
        "machine": f"{machine}, Python {platform.python_version()}",
    }


def keep(path: Path, name: str, told: Entry) -> None:
    """Add an entry to a file, or put it in the place of an older one."""
    known = read(path) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known | {name: told}, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Entry]:
    """All entries of a file, by name."""
    known: dict[str, Entry] = json.loads(path.read_text(encoding="utf-8"))
    return known
