"""F26: a stage of the consumer that raises or dies at any frame."""

from __future__ import annotations

from faults.sabotage import Blow, Sabotage
from faults.services import Service
from faults.site import Play, Site
from faults.values import FaultError, Order, Outcome, Tally, Watch

FRAMES = 30
FPS = 100.0
END = "seconds from the fault to the exit"
END_S = 2.0
WORKER_FAILED = 9
BLOWS: tuple[Blow, ...] = ("raise", "die")


def raising_stage(order: Order) -> Outcome:
    """F26: the classifier raises at each frame, or its thread dies; then the session is resumed."""
    tally = Tally(order)
    every = [(blow, at) for at in range(1, FRAMES + 1) for blow in BLOWS]
    chosen = every if order.full else order.chance(0).sample(every, min(order.runs, len(every)))
    with Site(order.folder, order.nursery) as site:
        site.producer()
        for run, (blow, at) in enumerate(chosen):
            play = Play(name=f"stage-{run}", frames=FRAMES, fps=FPS)
            consumer = site.consumer(play, Sabotage(blow=blow, at=at))
            found = _check_end(consumer, tally)
            if consumer.code:
                found += site.ended(site.consumer(play), play)
            tally.add(run, [f"{blow} at {at}: {finding}" for finding in found])
    tally.limit(END, END_S)
    return tally.outcome()


def _check_end(consumer: Service, tally: Tally) -> list[str]:
    try:
        consumer.event("sabotaged")
    except FaultError:
        # With larger batches there were not so many of them.
        tally.count("ended before the fault")
        return [] if consumer.code == 0 else [f"ended with {consumer.code}"]
    struck = Watch()
    code = consumer.wait()
    tally.measure(END, struck.read())
    last = consumer.lines()[-1]
    if code != WORKER_FAILED or "sabotaged" not in str(last.get("reason")):
        return [f"ended with {code}, the last line is {last}: expected 9 and the cause"]
    return []
