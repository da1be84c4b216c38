"""F23 to F25: hostile names, messages out of order, numbers that cannot be."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from faults.accounts import Accounts, Said, Wish
from faults.client import Client, refused
from faults.loops import looping
from faults.oracle import examine
from faults.site import Site
from faults.values import Order, Outcome, Tally
from shared import errors
from shared.messages import FRAMES_PROTOCOL

CODES = {
    error.code
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, errors.CatwalkError)
} - {errors.CatwalkError.code}
"""Every code that may be told; the one for faults of the producer's own is not among them."""
FRAMES = 24
HALF = FRAMES // 2
REFUSED_STATUS = (400, 404)

HOSTILE: tuple[Any, ...] = (
    "", " ", "0" * 16, "f" * 15, "f" * 17, "F" * 16, "g" * 16, "0" * 10_000, "latest ", "LATEST",
    "../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "' OR '1'='1", "x'; DROP TABLE sessions;--",
    "\x00" * 16, "0123456789abcde\n", "\u202e0123456789abcdef", "\ud83d\ude00" * 8, "%s%s%s%n",
    "${jndi:ldap://127.0.0.1/}", "<script>", None, True, 0, -1, 2**63, 1.5, [], {}, ["0" * 16],
)  # fmt: skip
NUMBERS: tuple[str, ...] = (
    "-1", "1.5", "1e3", "9223372036854775808", "4294967296", "1" + "0" * 400, "NaN", "Infinity",
    "-Infinity", "null", "true", '"0"', "[]", "{}", "1000",
)  # fmt: skip
"""As they stand in the text of a message."""


def hostile_names(order: Order) -> Outcome:
    """F23: sessions named to break out: a documented code, and no row."""
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site, looping() as loop:
        site.producer()
        for run in range(order.runs):
            name = HOSTILE[run % len(HOSTILE)]
            found = loop.do(_name(site, name))
            if site.books():
                found.append("a row was made")
            tally.add(run, [f"{name!r:.60}: {finding}" for finding in found])
        tally.add(order.runs, site.log_findings("hostile"))
    return tally.outcome()


async def _name(site: Site, name: object) -> list[str]:
    found: list[str] = []
    for message in (
        {"type": "start", "consumer": "hostile", "session": name} if name is not None else None,
        None if _is_name(name) else {"type": "start", "consumer": name},
        {"type": "session", "session": name},
        {"type": "stop", "session": name, "at": 0},
    ):
        if message is not None:
            found += await _refusal(site, json.dumps(message))
    return found + (await _path(site, name) if isinstance(name, str) else [])


def _is_name(name: object) -> bool:
    """Whether a consumer may be called so."""
    return isinstance(name, str) and re.fullmatch("[A-Za-z0-9._-]{1,64}", name) is not None


async def _refusal(site: Site, text: str) -> list[str]:
    """What is wrong with the way in which a message is refused."""
    async with Client.connected(site.address, Wish("hostile")) as client:
        await client.channel.send(text)
        # A query that finds nothing is answered, and the conversation goes on.
        await client.channel.send("{")
        return _check_codes(await refused(client.channel))


async def _path(site: Site, name: str) -> list[str]:
    """What is wrong with the way in which a stream of this name is refused."""
    path = "".join(sign if sign.isalnum() and sign.isascii() else "%20" for sign in name)[:2000]
    address = f"ws://127.0.0.1:{site.port}/{path}"
    try:
        async with connect(
            address, subprotocols=[Subprotocol(FRAMES_PROTOCOL)], proxy=None, open_timeout=10.0
        ):
            return ["a stream was opened"]
    except InvalidStatus as error:
        status = error.response.status_code
        return [] if status in REFUSED_STATUS else [f"answered with {status}"]


def _check_codes(heard: Sequence[Said]) -> list[str]:
    codes = [said["code"] for said in heard if said["type"] == "error"]
    if not codes:
        return [f"no error: {heard}"]
    return [f"undocumented code {code}" for code in codes if code not in CODES]


@dataclass(frozen=True, slots=True)
class _Scene:
    """A client that has every frame of its session, and will misbehave."""

    client: Client
    chance: random.Random


async def _say(scene: _Scene, *messages: Said) -> None:
    for message in messages:
        await scene.client.say(**message)


async def _duplicated(scene: _Scene) -> None:
    await _say(scene, scene.client.run(0, HALF), scene.client.run(0, HALF))


async def _overlapping(scene: _Scene) -> None:
    await _say(scene, scene.client.run(0, HALF), scene.client.run(HALF - 1, HALF))


async def _reordered(scene: _Scene) -> None:
    await _say(scene, scene.client.run(HALF, HALF), scene.client.run(0, HALF))


async def _with_a_gap(scene: _Scene) -> None:
    await _say(scene, scene.client.run(0, HALF - 1), scene.client.run(HALF, HALF))


async def _truncated_text(scene: _Scene) -> None:
    text = json.dumps(scene.client.run(0, HALF))
    await scene.client.channel.send(text[: scene.chance.randrange(1, len(text))])


async def _truncated_labels(scene: _Scene) -> None:
    run = scene.client.run(0, HALF)
    await _say(scene, run | {"labels": run["labels"][: scene.chance.randrange(HALF)]})


async def _binary(scene: _Scene) -> None:
    await scene.client.channel.send(json.dumps(scene.client.run(0, HALF)).encode())


async def _other_pixels(scene: _Scene) -> None:
    digest = f"{scene.chance.getrandbits(128):032x}"
    await _say(scene, scene.client.run(0, HALF) | {"digest": digest})


async def _other_epoch(scene: _Scene) -> None:
    await _say(scene, scene.client.run(0, HALF) | {"epoch": 2**31})


async def _early_results(scene: _Scene) -> None:
    await _say(scene, scene.client.run(0, HALF), scene.client.results())


async def _beyond(scene: _Scene) -> None:
    more = {"labels": [0] * (FRAMES + 1), "confidences": [0.5] * (FRAMES + 1)}
    await _say(scene, scene.client.run(0, FRAMES) | more)


async def _wrong_number(scene: _Scene) -> None:
    field = scene.chance.choice(("first", "epoch", "at"))
    if field == "at":
        message: Said = {"type": "stop", "session": scene.client.session}
    else:
        message = scene.client.run(0, HALF)
    await _say_with(scene, message | {field: "HERE"})


async def _wrong_value(scene: _Scene) -> None:
    field = scene.chance.choice(("labels", "confidences"))
    run = scene.client.run(0, HALF)
    await _say_with(scene, run | {field: ["HERE", *run[field][1:]]})


async def _say_with(scene: _Scene, message: Said) -> None:
    """Say a message with a number that cannot be in the place of HERE."""
    text = json.dumps(message).replace('"HERE"', scene.chance.choice(NUMBERS))
    await scene.client.channel.send(text)


_Deed = Callable[[_Scene], Awaitable[None]]
_MESSAGES: tuple[_Deed, ...] = (
    _duplicated, _overlapping, _reordered, _with_a_gap, _truncated_text, _truncated_labels,
    _binary, _other_pixels, _other_epoch, _early_results,
)  # fmt: skip
_NUMBERS: tuple[_Deed, ...] = (_beyond, _wrong_number, _wrong_value)


def wrong_messages(order: Order) -> Outcome:
    """F24: messages that are duplicated, reordered, truncated or of another time."""
    return _misbehave(order, _MESSAGES)


def wrong_numbers(order: Order) -> Outcome:
    """F25: predictions and stops beyond what was sent, negative, no integers, or too large."""
    return _misbehave(order, _NUMBERS)


def _misbehave(order: Order, deeds: Sequence[_Deed]) -> Outcome:
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site, looping() as loop:
        site.producer()
        for run in range(order.runs):
            deed = deeds[run % len(deeds)]
            wish = Wish(f"rogue-{run}", frames=FRAMES)
            found = loop.do(_rue(site, wish, deed, order.chance(run)))
            for book in site.books(wish.consumer):
                found += examine(book, frames=FRAMES)
            name = getattr(deed, "__name__", "")
            tally.add(run, [f"{name}: {finding}" for finding in found])
        tally.add(order.runs, site.log_findings("rogue"))
    return tally.outcome()


async def _rue(site: Site, wish: Wish, deed: _Deed, chance: random.Random) -> list[str]:
    """Misbehave, be sent away, come back and play the session as it should be."""
    accounts = Accounts()
    async with Client.connected(site.address, wish, accounts) as client:
        await client.start()
        session = client.session
        async with client.stream() as stream:
            await client.take(stream, FRAMES)
            try:
                await deed(_Scene(client, chance))
            except ConnectionClosed:
                # It was sent away before it could finish; what it heard is still to be read.
                pass
            found = _check_codes(await refused(client.channel))
    async with Client.connected(site.address, wish, accounts) as client:
        await client.start(session=session)
        await client.play()
    return found
