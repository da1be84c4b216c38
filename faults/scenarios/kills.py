"""F1 to F4: kill -9 of the consumer, the producer or both, at any instant and at every boundary."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from faults.services import Service
from faults.site import Play, Site
from faults.tracing import CALLS, injected, most_calls, recorded
from faults.values import Order, Outcome, Tally

RESTART_S = 5.0
KILL_WITHIN_S = 0.6
"""100 frames at 200 a second take 0.5 s, and then the results are posted."""
SETTLED_S = 0.2
LOOK_S = 0.01
TO_FINISH = "seconds from restart to end"
KILLED, NOT_REACHED = "kills", "boundaries not reached"
REACHED = 0.5
"""At how many of the boundaries somebody must have been killed at least."""
SIDES = ("producer", "consumer")
BOUNDARY = Play(name="boundary", frames=20, fps=200.0, options=("--patience", "60"))


@dataclass(slots=True)
class _Scene:
    site: Site
    tally: Tally
    producer: Service

    def play(self, run: int, victims: str, chance: random.Random) -> list[str]:
        """Kill in one session; what is wrong afterwards."""
        play = Play(name=f"{victims}-{run}")
        consumer = self.site.consumer(play)
        consumer.event("session-started")
        for victim in sorted(victims, key=lambda _: chance.random()):
            time.sleep(chance.uniform(0.0, KILL_WITHIN_S))
            (consumer if victim == "c" else self.producer).kill()
        done = self.tally.timer(TO_FINISH)
        if "p" in victims:
            self.producer = self.site.producer()
        if "c" in victims and not self._is_accepted(play):
            done = self.tally.timer(TO_FINISH)
            consumer = self.site.consumer(play)
        elif "c" in victims:
            self.tally.count("killed after the end")
            return self.site.findings(play)
        return self.site.ended(consumer, play, done=done)

    def _is_accepted(self, play: Play) -> bool:
        # Results may have been on their way when their sender was killed.
        time.sleep(SETTLED_S)
        return any(book.results for book in self.site.books(play.name))


def kill_consumer(order: Order) -> Outcome:
    """F1: kill -9 of the consumer at a random instant, and a restart."""
    return _kill(order, "c")


def kill_producer(order: Order) -> Outcome:
    """F2: kill -9 of the producer at a random instant, and a restart."""
    return _kill(order, "p")


def kill_both(order: Order) -> Outcome:
    """F3: kill -9 of both, one after the other in any order, and a restart."""
    return _kill(order, "cp")


def _kill(order: Order, victims: str) -> Outcome:
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site:
        scene = _Scene(site, tally, site.producer())
        for run in range(order.runs):
            tally.add(run, scene.play(run, victims, order.chance(run)))
    tally.limit(TO_FINISH, RESTART_S, quantile=0.95)
    return tally.outcome()


def kill_at_boundaries(order: Order) -> Outcome:
    """F4: kill -9 at every fdatasync and every sendto of a session, in either service."""
    tally = Tally(order)
    boundaries = [
        (side, call, when)
        for side in (SIDES if order.full else SIDES[:1])
        for call, most in _count(order, side)
        for when in range(1, most + 1)
    ]
    tally.figure("boundaries", len(boundaries))
    if not order.full:
        boundaries = order.chance(0).sample(boundaries, min(order.runs, len(boundaries)))
    for run, boundary in enumerate(boundaries):
        tally.add(run, _kill_at(order, run, boundary, tally))
    # Of the few of the short form each may be one that its session does not reach.
    if order.full and tally.counted(KILLED) < REACHED * len(boundaries):
        tally.find(f"killed at {tally.counted(KILLED)} of {len(boundaries)} boundaries only")
    tally.limit(TO_FINISH, RESTART_S, quantile=0.95)
    return tally.outcome()


def _count(order: Order, side: str) -> list[tuple[str, int]]:
    """How often each call is made by one thread of a service, in an undisturbed session."""
    record = order.folder / f"{side}.calls"
    record.parent.mkdir(parents=True, exist_ok=True)
    tracer = recorded(record, ",".join(CALLS), payload=False)
    with Site(order.folder / f"count-{side}", order.nursery) as site:
        producer = site.producer(prefix=tracer if side == "producer" else ())
        site.consumer(BOUNDARY, prefix=tracer if side == "consumer" else ()).wait()
        producer.stop()
    most = most_calls(record)
    return [(call, most[call]) for call in CALLS if most[call]]


def _kill_at(order: Order, run: int, boundary: tuple[str, str, int], tally: Tally) -> Sequence[str]:
    side, call, when = boundary
    tracer = injected(call, "signal=KILL", str(when))
    with Site(order.folder / f"run-{run}", order.nursery) as site:
        producer = site.producer(prefix=tracer if side == "producer" else (), serving=False)
        consumer = site.consumer(BOUNDARY, prefix=tracer if side == "consumer" else ())
        while producer.code is None and consumer.code is None:
            time.sleep(LOOK_S)
        done = tally.timer(TO_FINISH)
        victim = producer if side == "producer" else consumer
        if victim.code != -signal.SIGKILL:
            # This session had fewer such calls than the one in which they were counted.
            tally.count(NOT_REACHED)
            return site.ended(consumer, BOUNDARY)
        tally.count(KILLED)
        if producer.code is not None and consumer.code is None:
            site.producer()
        elif consumer.code:
            consumer = _again(site, consumer)
        if consumer.code:
            wrong = site.findings(BOUNDARY)
        else:
            wrong = site.ended(consumer, BOUNDARY, done=done)
        return [f"{side} at {call} {when}: {finding}" for finding in wrong]


def _again(site: Site, consumer: Service) -> Service:
    """Restart a killed consumer, unless its results had been accepted."""
    time.sleep(SETTLED_S)
    if any(book.results for book in site.books(BOUNDARY.name)):
        return consumer
    return site.consumer(BOUNDARY)
