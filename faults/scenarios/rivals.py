"""F22: two consumers on one session."""

from __future__ import annotations

from collections.abc import Sequence

from faults.accounts import Accounts, Said, Wish
from faults.client import Client, refused
from faults.loops import looping
from faults.oracle import examine
from faults.site import Play, Site
from faults.values import Order, Outcome, Tally

FRAMES = 40
FPS = 200.0
PEACE_FULL_S = 60.0
PEACE_SHORT_S = 3.0
TAKEN_OVER_CODE = 4


def rivals(order: Order) -> Outcome:
    """F22: another consumer is refused, the same one takes over, and neither comes back for it."""
    tally = Tally(order)
    with Site(order.folder, order.nursery) as site, looping() as loop:
        site.producer()
        for run in range(order.runs):
            take_at = order.chance(run).randint(1, FRAMES - 1)
            tally.add(run, loop.do(_rival(site, f"owner-{run}", take_at)))
        _check_peace(site, PEACE_FULL_S if order.full else PEACE_SHORT_S, tally)
    return tally.outcome()


async def _rival(site: Site, name: str, take_at: int) -> list[str]:
    wish = Wish(name, frames=FRAMES, fps=FPS)
    async with Client.connected(site.address, wish) as owner:
        await owner.start()
        found = _check("stranger", await _intrude(site, owner.session), "not-yours")
        async with owner.stream() as stream:
            await owner.take(stream, take_at)
            await owner.predict(0, take_at)
            await owner.wait_stored(take_at)
            accounts = Accounts(owner.accounts.crcs[:], owner.accounts.labels[:])
            async with Client.connected(site.address, wish, accounts) as heir:
                await heir.start(session=owner.session)
                found += _check("owner", await refused(owner.channel), "taken-over")
                await heir.play()
    books = site.books(name)
    found += [finding for book in books for finding in examine(book, frames=FRAMES)]
    return found + ([] if len(books) == 1 else [f"{len(books)} sessions: expected 1"])


async def _intrude(site: Site, session: str) -> Sequence[Said]:
    """Ask for another's session: what is answered."""
    wish = Wish("stranger", frames=FRAMES, fps=FPS)
    async with Client.connected(site.address, wish) as stranger:
        start = {"type": "start", "consumer": "stranger", "session": session}
        await stranger.say(**start, model="bare", classes=("dark", "grey", "bright"))
        return await refused(stranger.channel)


def _check(who: str, heard: Sequence[Said], code: str) -> list[str]:
    errors = [said["code"] for said in heard if said["type"] == "error"]
    return [] if errors == [code] else [f"the {who} heard {errors}: expected {code}"]


def _check_peace(site: Site, seconds: float, tally: Tally) -> None:
    """Two real consumers of one name do not take the session from each other again and again."""
    play = Play(name="namesake", frames=int(seconds * 20.0), fps=20.0)
    first = site.consumer(play)
    site.wait_stored(play.name, 5)
    second = site.consumer(play)
    if first.wait(30.0) != TAKEN_OVER_CODE:
        tally.find(f"the first namesake ended with {first.code}: {first.lines()[-1:]}")
    tally.add(tally.runs, site.ended(second, play, within=seconds + 60.0))
    for book in site.books(play.name):
        tally.figure("epochs of two namesakes", int(book.session["epoch"]))
        if book.session["epoch"] != 2:
            tally.find(f"two namesakes made {book.session['epoch']} epochs: expected 2")
