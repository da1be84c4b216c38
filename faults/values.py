"""What a scenario is told and what it tells: orders, outcomes, and the tally between them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from faults.nursery import Nursery

log = structlog.get_logger()

SLACK = 6.0
"""By how much a limit on time is wider in the short form, whose machine does other work too."""
TOLD = 20
"""How many findings an outcome keeps."""

Figure = float | int | str


class FaultError(Exception):
    """A service did not do what the scenario needs; the message says what it did instead."""


class NotPossible(Exception):
    """This machine lacks what the scenario needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Order:
    """How to play a scenario.

    Args:
        runs: how often.
        seed: what every choice is drawn from.
        folder: an empty folder of its own.
        nursery: starts consumers.
        full: the full figures, on a machine that does nothing else.
    """

    runs: int
    seed: int
    folder: Path
    nursery: Nursery
    full: bool = False

    def chance(self, run: int) -> random.Random:
        """What the choices of one run are drawn from; the same for the same seed and run."""
        return random.Random(f"{self.seed}/{run}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario.

    Args:
        runs: how many runs were played.
        findings: what was wrong, a sentence each with the run's number; none where it passed.
        figures: what was measured.
        skipped: why it was not played; empty where it was.
    """

    runs: int
    findings: tuple[str, ...]
    figures: Mapping[str, Figure]
    skipped: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.findings


class Tally:
    """Gathers findings and measures while a scenario plays.

    Args:
        order: what is played; its ``full`` says how strict limits on time are.
    """

    def __init__(self, order: Order) -> None:
        self._slack = 1.0 if order.full else SLACK
        self._runs = 0
        self._findings: list[str] = []
        self._measures: dict[str, list[float]] = {}
        self._figures: dict[str, Figure] = {}

    @property
    def runs(self) -> int:
        """How many runs have ended."""
        return self._runs

    def add(self, run: int, findings: Iterable[str]) -> None:
        """A run has ended; ``findings`` say what was wrong with it."""
        self._runs += 1
        found = [f"run {run}: {finding}" for finding in findings]
        self._findings += found
        log.debug("run-ended", run=run, findings=found)

    def find(self, finding: str) -> None:
        """Something is wrong that belongs to no run."""
        self._findings.append(finding)

    def measure(self, name: str, value: float) -> None:
        """One value of a measure; its quantiles become figures."""
        self._measures.setdefault(name, []).append(value)

    def timer(self, name: str) -> Callable[[], None]:
        """What, when it is called, measures the seconds since now."""
        watch = Watch()
        return lambda: self.measure(name, watch.read())

    def figure(self, name: str, value: Figure) -> None:
        """A figure as it is."""
        self._figures[name] = value

    def count(self, name: str, by: int = 1) -> None:
        """Count something."""
        self._figures[name] = int(self._figures.get(name, 0)) + by

    def counted(self, name: str) -> int:
        """What was counted of it."""
        return int(self._figures.get(name, 0))

    def limit(
        self, name: str, at_most: float, *, quantile: float = 1.0, exact: bool = False
    ) -> None:
        """A measure's quantile may be ``at_most``; times are given slack unless ``exact``."""
        values = self._measures.get(name)
        if not values:
            return
        allowed = at_most if exact else at_most * self._slack
        value = quantile_of(values, quantile)
        if value > allowed:
            self._findings.append(
                f"{name}, quantile {quantile:g}: expected at most {allowed:g}, got {value:.3f}"
            )

    def outcome(self, *, skipped: str = "") -> Outcome:
        """What came of it all."""
        figures = dict(self._figures)
        for name, values in self._measures.items():
            for label, quantile in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
                figures[f"{name} {label}"] = round(quantile_of(values, quantile), 3)
        more = len(self._findings) - TOLD
        told = self._findings[:TOLD] + ([f"and {more} more findings"] if more > 0 else [])
        return Outcome(self._runs, tuple(told), figures, skipped)


def quantile_of(values: Iterable[float], quantile: float) -> float:
    """The least value that at least this share of the values does not exceed.

    Args:
        values: at least one.
        quantile: 0..1.
    """
    ordered = sorted(values)
    place = max(0, -int(-quantile * len(ordered) // 1) - 1)
    return ordered[place]


class Watch:
    """Tells how long ago it was made, seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def read(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began


class Stolen:
    """Tells which share of the machine's processor time its host has given to others meanwhile.

    A limit on time says little where this is much. It is 0 where the kernel does not tell.
    """

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._began = self._times()

    def read(self) -> float:
        """The share since it was made, 0..1."""
        stolen, whole = (now - then for now, then in zip(self._times(), self._began, strict=True))
        return stolen / whole if whole > 0 else 0.0

    def _times(self) -> tuple[int, int]:
        """Stolen and whole processor time since the machine was started, ticks."""
        try:
            first = self._stat.read_text(encoding="ascii").partition("\n")[0]
        except OSError:
            return 0, 0
        # user, nice, system, idle, iowait, irq, softirq, steal; guests are counted in user.
        ticks = [int(word) for word in first.split()[1:9]]
        return (ticks[7], sum(ticks)) if len(ticks) == 8 else (0, 0)
