"""F11 to F13: a disk that is full, one that fails, one that becomes read-only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from faults.accounts import Accounts, Wish
from faults.client import persist
from faults.loops import looping
from faults.oracle import examine, examine_unfinished
from faults.places import fill, set_writable, small_disk
from faults.site import Site
from faults.tracing import injected, injecting, most_calls, recorded
from faults.values import Order, Outcome, Tally, Watch

BACK = "seconds from the disk's recovery to the next acknowledgement"
BACK_S = 5.0
TROUBLE_FULL_S = 10.0
TROUBLE_SHORT_S = 2.0
DISK_KIB = 16 * 1024
"""Room for a log that has not reached its checkpoint yet."""
LEDGER = "ledger.db"
LOOK_S = 0.01
WRITES = "pwrite64,ftruncate,fdatasync,unlink"
FPS = 100.0


def disk_full(order: Order) -> Outcome:
    """F11: the ledger's disk is full for a while, then has room again."""
    tally = Tally(order)
    for run in range(order.runs):
        folder = order.folder / f"run-{run}"
        with small_disk(folder / "disk", DISK_KIB) as disk:
            store = f"sqlite:///{disk / LEDGER}"
            with Site(folder / "site", order.nursery, store=store) as site:
                site.producer()
                tally.add(run, _suffer(site, partial(_filled, disk), order, tally))
    tally.limit(BACK, BACK_S)
    return tally.outcome()


def read_only(order: Order) -> Outcome:
    """F13: the ledger's disk becomes read-only for a while; one that starts on it says so."""
    tally = Tally(order)
    for run in range(order.runs):
        folder = order.folder / f"run-{run}"
        with Site(folder / "site", order.nursery) as site:
            # A disk with files open for writing cannot be mounted again, so the calls fail.
            pid = site.producer().pid
            tally.add(run, _suffer(site, partial(injecting, pid, WRITES, "EROFS"), order, tally))
        with small_disk(folder / "disk", DISK_KIB) as disk:
            tally.add(run, _start_on_read_only(folder / "late", disk, order))
    tally.limit(BACK, BACK_S)
    return tally.outcome()


@contextmanager
def _filled(disk: Path) -> Iterator[None]:
    ballast = fill(disk)
    try:
        yield
    finally:
        ballast.unlink()


def _start_on_read_only(folder: Path, disk: Path, order: Order) -> list[str]:
    with Site(folder, order.nursery, store=f"sqlite:///{disk / LEDGER}") as site:
        site.producer().stop()
        set_writable(disk, False)
        producer = site.producer(serving=False)
        return _unserved(producer.lines()) if producer.ends_unserved() else ["it serves"]


def _suffer(
    site: Site, trouble: Callable[[], AbstractContextManager[None]], order: Order, tally: Tally
) -> list[str]:
    """Play a session through a time of trouble: what is wrong then, and afterwards."""
    seconds = TROUBLE_FULL_S if order.full else TROUBLE_SHORT_S
    wish = Wish("patient", frames=int((seconds + 3.0) * FPS), fps=FPS, run=8)
    accounts = Accounts()
    with looping() as loop:
        session = loop.begin(persist(site.address, wish, accounts, within=seconds + 60.0))
        site.wait_stored(wish.consumer, order.chance(tally.runs).randint(20, 150))
        with trouble():
            time.sleep(seconds)
            found = _look_meanwhile(site, wish, accounts)
            before = accounts.acknowledged
        healed = Watch()
        while accounts.acknowledged == before and not session.done():
            time.sleep(LOOK_S)
        tally.measure(BACK, healed.read())
        session.result()
    site.wait_healthy(within=10.0)
    return [*found, *_look(site, wish, accounts)]


def _look_meanwhile(site: Site, wish: Wish, accounts: Accounts) -> list[str]:
    """While the disk fails its state is shown, and nothing is acknowledged that has no row."""
    health = site.health()
    found = [f"the producer says that all is well: {health}"] if health["status"] == "ok" else []
    acknowledged = accounts.acknowledged
    for book in site.books(wish.consumer):
        found += examine_unfinished(book, acknowledged=acknowledged)
    return found


def _look(site: Site, wish: Wish, accounts: Accounts) -> list[str]:
    found = site.log_findings(wish.consumer)
    books = site.books(wish.consumer)
    if len(books) != 1:
        found.append(f"{len(books)} sessions: expected 1")
    for book in books:
        found += examine(book, frames=wish.frames, acknowledged=accounts.acknowledged)
        found += site.verified(str(book.session["id"]))
    return found


def failing_syncs(order: Order) -> Outcome:
    """F12: an I/O error (EIO) at each fdatasync of a session."""
    tally = Tally(order)
    syncs = _count_syncs(order)
    tally.figure("syncs", syncs)
    chosen: Sequence[int] = range(1, syncs + 1)
    if not order.full:
        chosen = sorted(order.chance(0).sample(chosen, min(order.runs, syncs)))
    for when in chosen:
        with Site(order.folder / f"sync-{when}", order.nursery) as site, looping() as loop:
            producer = site.producer(
                prefix=injected("fdatasync", "error=EIO", str(when)), serving=False
            )
            if producer.ends_unserved():
                tally.add(when, _unserved(producer.lines()))
                continue
            wish, accounts = Wish("patient", frames=20, fps=FPS, run=4), Accounts()
            loop.do(persist(site.address, wish, accounts, within=60.0))
            tally.add(when, _look(site, wish, accounts))
    return tally.outcome()


def _unserved(lines: Sequence[Any]) -> list[str]:
    """A producer whose ledger could not be made says so in one line, with its code."""
    if lines and lines[-1].get("code") == "store-failed":
        return []
    return [f"the last line does not say that the store failed: {lines[-2:]}"]


def _count_syncs(order: Order) -> int:
    record = order.folder / "syncs"
    order.folder.mkdir(parents=True, exist_ok=True)
    with Site(order.folder / "count", order.nursery) as site, looping() as loop:
        producer = site.producer(prefix=recorded(record, "fdatasync", payload=False))
        wish = Wish("patient", frames=20, fps=FPS, run=4)
        loop.do(persist(site.address, wish, Accounts(), within=60.0))
        producer.stop()
    return most_calls(record)["fdatasync"]
