"""F16 and F17: a consumer that is ten times too slow."""

from __future__ import annotations

from faults.sabotage import Sabotage
from faults.services import Service
from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

GROWTH = "memory growth, MiB"
GROWTH_MIB = 16.0
LATENCY = "p99 latency, ms"
LATENCY_MS = 1000.0
EVERY_FPS, EVERY_SLOW_S = 100.0, 0.1
NEWEST_FPS, NEWEST_SLOW_S = 200.0, 0.05
MIB = 1024.0 * 1024.0
WARM = 20


def every_frame(order: Order) -> Outcome:
    """F16: with delivery ``every`` the stream is late, nothing is lost, and memory stays."""
    frames = 1000 if order.full else 60
    tally = Tally(order)
    plays = [Play(name=f"slow-{run}", frames=frames, fps=EVERY_FPS) for run in range(order.runs)]
    with Site(order.folder, order.nursery) as site:
        producer = site.producer()
        consumers = [site.consumer(play, Sabotage(slow_s=EVERY_SLOW_S)) for play in plays]
        for play in plays:
            site.wait_stored(play.name, WARM)
        before = [service.usage().resident for service in (producer, *consumers)]
        for play in plays:
            site.wait_stored(play.name, frames * 9 // 10, within=frames * EVERY_SLOW_S + 60.0)
        _measure_growth(tally, before, [producer, *consumers])
        for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True)):
            tally.add(run, site.ended(consumer, play, within=frames * EVERY_SLOW_S + 60.0))
    tally.limit(GROWTH, GROWTH_MIB, exact=True)
    return tally.outcome()


def _measure_growth(tally: Tally, before: list[int], services: list[Service]) -> None:
    for resident, service in zip(before, services, strict=True):
        tally.measure(GROWTH, (service.usage().resident - resident) / MIB)


def newest_frame(order: Order) -> Outcome:
    """F17: with delivery ``newest`` the stream keeps its schedule, and what it skips is counted."""
    frames = 1000 if order.full else 200
    tally = Tally(order)
    options = ("--delivery", "newest")
    plays = [
        Play(name=f"newest-{run}", frames=frames, fps=NEWEST_FPS, options=options)
        for run in range(order.runs)
    ]
    with Site(order.folder, order.nursery) as site:
        site.producer()
        consumers = [site.consumer(play, Sabotage(slow_s=NEWEST_SLOW_S)) for play in plays]
        for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True)):
            tally.add(run, site.ended(consumer, play, within=120.0))
            _check_skips(site, play, tally)
    tally.limit(LATENCY, LATENCY_MS)
    return tally.outcome()


def _check_skips(site: Site, play: Play, tally: Tally) -> None:
    """Sent + skipped = offered is the oracle's; here it must also have skipped, and in time."""
    for book in site.books(play.name):
        if not book.session["skipped"]:
            tally.find(f"{play.name}: nothing was skipped")
        tally.count("frames skipped", int(book.session["skipped"]))
        for result in book.results:
            tally.measure(LATENCY, result["summary"]["latencies"]["end_to_end"]["p99"])
