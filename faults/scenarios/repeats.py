"""F20 and F21: results that are posted again, and other results for the same session."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence

from websockets.exceptions import ConnectionClosed

from faults.accounts import Accounts, Said, Wish
from faults.client import Client, refused
from faults.loops import looping
from faults.oracle import examine
from faults.site import Site
from faults.values import FaultError, Order, Outcome, Tally

WAYS = ("twice", "ten times", "in parallel", "reply lost")
FRAMES = 20


def repeated(order: Order) -> Outcome:
    """F20: the same results again and again, and after a lost reply: one row, one receipt."""
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site, looping() as loop:
        site.producer()
        for run in range(order.runs):
            wish = Wish(f"repeat-{run}", frames=FRAMES)
            way = WAYS[run % len(WAYS)]
            answers = loop.do(_post(site, wish, way, order.chance(run)))
            tally.add(run, [f"{way}: {finding}" for finding in _look(site, wish, answers)])
    return tally.outcome()


async def _post(site: Site, wish: Wish, way: str, chance: random.Random) -> Sequence[Said]:
    """Post results in this way: every answer that came."""
    accounts = Accounts()
    async with Client.connected(site.address, wish, accounts) as client:
        if way == "reply lost":
            return [await _lose_reply(site, client, chance)]
        await client.start()
        answers = [await client.play()]
        again = {"twice": 1, "ten times": 9, "in parallel": 5}[way]
        if way == "in parallel":
            await asyncio.gather(*(client.say(**client.results()) for _ in range(again)))
            return answers + [await client.hear("accepted") for _ in range(again)]
        for _ in range(again):
            answers.append(await client.settle())
        return answers


async def _lose_reply(site: Site, client: Client, chance: random.Random) -> Said:
    """Post, go away at once, come back and post again: the answer."""
    await client.start()
    async with client.stream() as stream:
        await client.take(stream, FRAMES)
        await client.predict(0, FRAMES)
        await client.wait_stored(FRAMES)
    await client.say(**client.results())
    await asyncio.sleep(chance.uniform(0.0, 0.02))
    client.channel.transport.abort()
    async with Client.connected(site.address, client.wish, client.accounts) as back:
        await back.start(session=client.session)
        return await back.play()


def _look(site: Site, wish: Wish, answers: Sequence[Said]) -> list[str]:
    receipts = {answer["receipt"] for answer in answers}
    found = [f"receipts {sorted(receipts)}: expected one"] if len(receipts) != 1 else []
    for book in site.books(wish.consumer):
        found += examine(book, frames=FRAMES)
        if {row["receipt"] for row in book.results} != receipts:
            found.append("the stored receipt is not the one that was given")
    return found


def different(order: Order) -> Outcome:
    """F21: other results for a session that has some: refused, and the first ones stay."""
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site, looping() as loop:
        site.producer()
        for run in range(order.runs):
            wish = Wish(f"other-{run}", frames=FRAMES)
            first, heard = loop.do(_post_other(site, wish, order.chance(run)))
            found = _look(site, wish, [first])
            if [said["code"] for said in heard if said["type"] == "error"] != ["bad-state"]:
                found.append(f"answered with {json.dumps(heard)[:500]}")
            tally.add(run, found)
    return tally.outcome()


async def _post_other(site: Site, wish: Wish, chance: random.Random) -> tuple[Said, Sequence[Said]]:
    async with Client.connected(site.address, wish) as client:
        await client.start()
        first = await client.play()
        changed = chance.choice(({"received": FRAMES + 1}, {"digest": "0" * 32}))
        try:
            await client.say(**client.results(**changed))
        except ConnectionClosed as error:
            raise FaultError(f"closed before other results were sent: {error}") from error
        return first, await refused(client.channel)
