"""F15: someone sets the clock in the midst of a session."""

from __future__ import annotations

import signal

from faults.sabotage import Sabotage
from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

HOUR_S = 3600.0
LATENCY = "p99 latency, ms"
LATENCY_MS = 1000.0


def set_clocks(order: Order) -> Outcome:
    """F15: the clock of either service jumps an hour forth or back; nothing comes of it."""
    tally = Tally(order)
    for run in range(order.runs):
        by_s = HOUR_S if run // 2 % 2 else -HOUR_S
        play = Play(name=f"clock-{run}", frames=200, fps=100.0)
        with Site(order.folder / f"run-{run}", order.nursery) as site:
            producer = site.producer(module=("faults.clocked", str(by_s)))
            consumer = site.consumer(play, Sabotage(clock_s=by_s))
            site.wait_stored(play.name, order.chance(run).randint(1, play.frames // 2))
            (producer if run % 2 else consumer).send(signal.SIGUSR1)
            tally.add(run, site.ended(consumer, play))
            for book in site.books():
                for result in book.results:
                    latencies = result["summary"]["latencies"]
                    tally.measure(LATENCY, abs(latencies["end_to_end"]["p99"]))
    tally.limit(LATENCY, LATENCY_MS)
    return tally.outcome()
