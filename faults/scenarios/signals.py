"""F27: SIGTERM at a random instant, to either side, twice, and with a frozen peer."""

from __future__ import annotations

import random
import signal
import time

from faults.services import Service
from faults.site import Play, Site
from faults.values import Order, Outcome, Tally, Watch

END = "seconds from SIGTERM to the exit"
END_S = 8.0
TWICE = "seconds from the second SIGTERM to the exit"
TWICE_S = 2.5
"""A database that is locked may take 2 s."""
WITHIN_S = 1.0
CASES = ("consumer", "producer", "consumer twice", "producer twice", "frozen consumer")
INTERRUPTED = 130


def terminated(order: Order) -> Outcome:
    """F27: what is told to end does so in good order within 8 s; told twice, at once."""
    tally = Tally(order)
    for run in range(order.runs):
        case = CASES[run % len(CASES)]
        with Site(order.folder / f"run-{run}", order.nursery) as site:
            found = _terminate(site, case, order.chance(run), tally)
        tally.add(run, [f"{case}: {finding}" for finding in found])
    tally.limit(END, END_S, exact=True)
    tally.limit(TWICE, TWICE_S)
    return tally.outcome()


def _terminate(site: Site, case: str, chance: random.Random, tally: Tally) -> list[str]:
    producer = site.producer()
    play = Play(name="ended", frames=400, fps=200.0)
    consumer = site.consumer(play)
    consumer.event("session-started")
    time.sleep(chance.uniform(0.0, WITHIN_S))
    if case == "frozen consumer":
        consumer.send(signal.SIGSTOP)
    side = consumer if case.startswith("consumer") else producer
    asked = Watch()
    side.send(signal.SIGTERM)
    if case.endswith("twice"):
        return _ask_again(site, play, side, chance, tally)
    code = side.wait(4 * END_S)
    tally.measure(END, asked.read())
    found = [] if code == 0 else [f"ended with {code}: {side.lines()[-1:]}"]
    if case == "frozen consumer":
        return found + site.log_findings(play.name)
    return found + site.ended(consumer, play, early=True)


def _ask_again(
    site: Site, play: Play, side: Service, chance: random.Random, tally: Tally
) -> list[str]:
    """A second signal ends it at once; if the first was enough, that is as good."""
    time.sleep(chance.uniform(0.0, 0.05))
    asked = Watch()
    side.send(signal.SIGTERM)
    code = side.wait(4 * END_S)
    tally.measure(TWICE, asked.read())
    found = [] if code in (0, INTERRUPTED) else [f"ended with {code}: expected 0 or 130"]
    return found + site.log_findings(play.name)
