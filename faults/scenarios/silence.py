"""F6 and F7: a peer that is gone without a word, and one that is frozen with its buffers full."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from functools import partial

from faults.accounts import Said, Wish
from faults.client import Client
from faults.loops import Loop, looping, proxied
from faults.places import network
from faults.nursery import Nursery
from faults.services import Service
from faults.site import Play, Site
from faults.surroundings import connections
from faults.values import FaultError, NotPossible, Order, Outcome, Tally, Watch

FOUND_S = 25.0
RESUMED_S = 30.0
SPEED_FPS = 4.0
FREED_S = 6.0
OTHERS = "others' p99 lateness, ms"
OTHERS_MS = 50.0
OTHERS_FPS = 100.0
FREED = "seconds until the sender is free"
PATIENCE_S = 60.0
FROZEN_FULL_S = 60.0
FROZEN_SHORT_S = 6.5
LOOK_S = 0.05


def half_open(order: Order) -> Outcome:
    """F6: nothing passes any more on either port, and neither side is told."""
    tally = Tally(order)
    _hush_proxies(order, tally)
    if order.full:
        try:
            _drop_packets(order, tally)
        except NotPossible as error:
            tally.figure("packets not dropped", str(error))
    tally.limit("seconds to be found", FOUND_S, exact=True)
    tally.limit("seconds from healing to end", RESUMED_S, exact=True)
    return tally.outcome()


def _hush_proxies(order: Order, tally: Tally) -> None:
    with (
        Site(order.folder / "proxies", order.nursery) as site,
        looping() as loop,
        proxied(loop, site.port) as stream,
        proxied(loop, site.session_port) as channel,
    ):

        runs = order.runs - order.runs // 2 * order.full
        proxies = (stream, channel)
        ways = (
            partial(_all, loop, [proxy.hush for proxy in proxies]),
            partial(_all, loop, [proxy.heal for proxy in proxies]),
        )
        _go_silent(site, tally, (0, runs), host="127.0.0.2", ways=ways)


def _all(loop: Loop, actions: Sequence[Callable[[], None]]) -> None:
    for action in actions:
        loop.call(action)


def _drop_packets(order: Order, tally: Tally) -> None:
    with network() as cable:
        nursery = Nursery(cable.prefix)
        try:
            with Site(order.folder / "packets", nursery, prefix=cable.prefix) as site:
                ways = (lambda: cable.lose(1.0), cable.heal)
                first = order.runs - order.runs // 2
                _go_silent(site, tally, (first, order.runs // 2), host="127.0.0.1", ways=ways)
        finally:
            nursery.close()


def _go_silent(
    site: Site,
    tally: Tally,
    runs: tuple[int, int],
    *,
    host: str,
    ways: tuple[Callable[[], None], Callable[[], None]],
) -> None:
    """Play so many sessions at a time, from this run on, and cut the cable in their midst."""
    site.producer()
    frames = int(SPEED_FPS * 8)
    plays = [
        Play(name=f"mute-{run}", frames=frames, fps=SPEED_FPS, host=host)
        for run in range(runs[0], sum(runs))
    ]
    consumers = [site.consumer(play) for play in plays]
    for play in plays:
        site.wait_stored(play.name, 2)
    ways[0]()
    found = tally.timer("seconds to be found")
    _wait_suspended(site, plays)
    found()
    ways[1]()
    done = tally.timer("seconds from healing to end")
    for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True), start=runs[0]):
        tally.add(run, site.ended(consumer, play, done=done))


def _wait_suspended(site: Site, plays: list[Play]) -> None:
    """Wait until the producer has given up every connection, and its ledger says so."""
    waiting = Watch()
    while not all(_is_suspended(site, play) for play in plays):
        if waiting.read() > 2 * FOUND_S:
            raise FaultError(f"the silence was not found within {2 * FOUND_S:g} s")
        time.sleep(LOOK_S)


def frozen(order: Order) -> Outcome:
    """F7: consumers that are stopped (SIGSTOP) while all buffers are full; another plays on."""
    tally = Tally(order)
    seconds = FROZEN_FULL_S if order.full else FROZEN_SHORT_S
    with Site(order.folder, order.nursery, images=32, side=160) as site, looping() as loop:
        site.producer("--window", "65536")
        plays = [Play(name=f"frozen-{run}", frames=1500, fps=0.0) for run in range(order.runs)]
        consumers = [_freeze(site, play) for play in plays]
        other = loop.begin(_play_beside(site, seconds))
        _wait_freed(site, plays, tally)
        tally.measure(OTHERS, other.result(seconds + PATIENCE_S)["send_lag"]["p99"])
        for run, (play, consumer) in enumerate(zip(plays, consumers, strict=True)):
            consumer.send(signal.SIGCONT)
            tally.add(run, site.ended(consumer, play, within=120.0))
    tally.limit(OTHERS, OTHERS_MS)
    tally.limit(FREED, FREED_S)
    return tally.outcome()


def _freeze(site: Site, play: Play) -> Service:
    consumer = site.consumer(play)
    site.wait_stored(play.name, 1)
    consumer.send(signal.SIGSTOP)
    return consumer


async def _play_beside(site: Site, seconds: float) -> Said:
    """Another session meanwhile: what it was told at its end."""
    wish = Wish("other", frames=int(seconds * OTHERS_FPS), fps=OTHERS_FPS)
    async with Client.connected(site.address, wish) as client:
        await client.start()
        await client.play()
        return client.finished


def _wait_freed(site: Site, plays: list[Play], tally: Tally) -> None:
    """Wait until every frozen consumer was cut, at first from its stream."""
    frozen_for = Watch()
    while connections(site.port) > 1:
        _check_patience(frozen_for)
        time.sleep(LOOK_S)
    tally.measure(FREED, frozen_for.read())
    while not all(_is_suspended(site, play) for play in plays):
        _check_patience(frozen_for)
        time.sleep(LOOK_S)
    tally.measure("seconds until the sessions are suspended", frozen_for.read())


def _is_suspended(site: Site, play: Play) -> bool:
    return {book.session["state"] for book in site.books(play.name)} == {"suspended"}


def _check_patience(frozen_for: Watch) -> None:
    if frozen_for.read() > PATIENCE_S:
        raise FaultError(f"frozen consumers hold their sender for {PATIENCE_S:g} s")
