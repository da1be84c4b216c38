"""F18 and F19: as many sessions as are allowed, and one more."""

from __future__ import annotations

import asyncio

from websockets.exceptions import ConnectionClosed

from faults.accounts import Said, Wish
from faults.client import Client
from faults.loops import looping
from faults.oracle import examine
from faults.site import Site
from faults.values import FaultError, Order, Outcome, Tally

FPS = 10.0
ARRIVALS = 50.0
"""How many sessions begin each second."""
LATENESS = "p99 lateness of a session, ms"
LATENESS_MS = 100.0
PER_ADDRESS = 10
TRY_AGAIN_LATER = 1013


def crowd(order: Order) -> Outcome:
    """F18: five hundred sessions at 10 frames a second for a minute, each in time and whole.

    They come fifty a second, so that all are there from the tenth second on.
    """
    sessions, seconds = (500, 60) if order.full else (40, 2)
    tally = Tally(order)
    for run in range(order.runs):
        with Site(order.folder / f"run-{run}", order.nursery) as site, looping() as loop:
            site.producer("--max-connections", str(2 * sessions + 10))
            wishes = [_wish(k, int(seconds * FPS)) for k in range(sessions)]
            found = loop.do(_play_all(site, wishes, tally), within=seconds * 4 + 120.0)
            tally.add(run, [*found, *_look(site, wishes)])
    tally.limit(LATENESS, LATENESS_MS, quantile=0.99)
    return tally.outcome()


def one_too_many(order: Order) -> Outcome:
    """F19: the session after the last that is allowed is refused; the others do not notice."""
    most = 500 if order.full else 20
    tally = Tally(order)
    for run in range(order.runs):
        with Site(order.folder / f"run-{run}", order.nursery) as site, looping() as loop:
            options = ("--max-connections", str(2 * most + 10), "--max-sessions", str(most))
            site.producer(*options)
            tally.add(run, loop.do(_overfill(site, most)))
    return tally.outcome()


def _wish(k: int, frames: int) -> Wish:
    # Each address may have so many connections, and a session has two.
    host = f"127.0.{1 + k // PER_ADDRESS // 250}.{1 + k // PER_ADDRESS % 250}"
    return Wish(f"crowd-{k}", frames=frames, fps=FPS, host=host, run=10)


async def _play_all(site: Site, wishes: list[Wish], tally: Tally) -> list[str]:
    played = await asyncio.gather(
        *(_play(site.address, wish, k / ARRIVALS) for k, wish in enumerate(wishes)),
        return_exceptions=True,
    )
    found = [f"{type(error).__name__}: {error}" for error in played if not isinstance(error, dict)]
    for finished in played:
        if isinstance(finished, dict):
            tally.measure(LATENESS, finished["send_lag"]["p99"])
    return found


async def _play(address: str, wish: Wish, after_s: float) -> Said:
    """Play one session: what was told at its end. They begin one after the other."""
    await asyncio.sleep(after_s)
    async with Client.connected(address, wish) as client:
        await client.start()
        await client.play()
        return client.finished


def _look(site: Site, wishes: list[Wish]) -> list[str]:
    books = {str(book.session["consumer"]): book for book in site.books()}
    missing = [f"{wish.consumer} has no session" for wish in wishes if wish.consumer not in books]
    found = [
        f"{wish.consumer}: {finding}"
        for wish in wishes
        if wish.consumer in books
        for finding in examine(books[wish.consumer], frames=wish.frames)
    ]
    return [*missing, *found, *site.log_findings("crowd")]


async def _overfill(site: Site, most: int) -> list[str]:
    async with asyncio.TaskGroup() as group:
        begun = [asyncio.Event() for _ in range(most)]
        over = asyncio.Event()
        for k, event in enumerate(begun):
            group.create_task(_hold(site.address, _wish(k, 10), event, over))
        for event in begun:
            await event.wait()
        try:
            return await _knock(site.address, _wish(most, 10))
        finally:
            over.set()


async def _hold(address: str, wish: Wish, begun: asyncio.Event, over: asyncio.Event) -> None:
    """Keep a session until all is over, then play it."""
    async with Client.connected(address, wish) as client:
        await client.start()
        begun.set()
        await over.wait()
        await client.play()


async def _knock(address: str, wish: Wish) -> list[str]:
    """What is wrong with the way in which one session too many is refused."""
    async with Client.connected(address, wish) as client:
        try:
            await client.start()
        except FaultError as error:
            if not str(error).startswith("limit:"):
                return [f"refused with {error}"]
        except ConnectionClosed:
            pass
        else:
            return ["the session was opened"]
        await client.channel.wait_closed()
        code = client.channel.close_code
        return [] if code == TRY_AGAIN_LATER else [f"closed with {code}: expected 1013"]
