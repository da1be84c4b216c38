"""F14: power cuts over a recorded session, with unsynced writes lost, reordered or torn."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from faults.accounts import Wish
from faults.books import check_integrity, read_books
from faults.calls import CALLS, Call, Send, read_calls
from faults.client import play
from faults.disks import Cut, Disk
from faults.loops import looping
from faults.oracle import examine_unfinished
from faults.site import Site
from faults.tracing import recorded
from faults.values import Order, Outcome, Tally

LEDGER = "ledger.db"
FULL_FRAMES, SHORT_FRAMES = 1200, 60
_TOLD = re.compile(rb'\{"type":"(stored|started|accepted)","session":"[0-9a-f]{16}"[^{}]*')


class _Promises:
    """What the producer has acknowledged so far."""

    def __init__(self) -> None:
        self.opened = False
        self.frames = 0
        self.accepted = False

    def note(self, sent: bytes) -> None:
        """Take what it sent."""
        for match in _TOLD.finditer(sent):
            if match[1] == b"stored":
                self.frames = max(self.frames, json.loads(match[0] + b"}")["through"] + 1)
            self.opened = True
            self.accepted |= match[1] == b"accepted"


def power_cuts(order: Order) -> Outcome:
    """F14: rebuild the ledger as of any instant, open it, compare with what was acknowledged."""
    tally = Tally(order)
    calls = _record(order)
    tally.figure("recorded calls", len(calls))
    chance = order.chance(0)
    cuts = sorted(chance.randint(1, len(calls)) for _ in range(order.runs))
    for run, (disk, promises) in enumerate(_replayed(calls, cuts)):
        for cut in Cut:
            tally.add(run, _open(order.folder / "cut", disk.after(cut, chance), promises, cut))
    return tally.outcome()


def _record(order: Order) -> Sequence[Call]:
    """Every call of a producer that matters, from its start to its stop."""
    record = order.folder / "calls"
    order.folder.mkdir(parents=True, exist_ok=True)
    frames = FULL_FRAMES if order.full else SHORT_FRAMES
    with Site(order.folder / "site", order.nursery) as site, looping() as loop:
        producer = site.producer(prefix=recorded(record, CALLS))
        loop.do(play(site.address, Wish(frames=frames, fps=400.0, run=1)))
        producer.stop()
        ledger = str(site.folder / LEDGER)
    with record.open(encoding="ascii", errors="replace") as lines:
        return [call for call in read_calls(lines) if _matters(call, ledger)]


def _matters(call: Call, ledger: str) -> bool:
    # The index in shared memory is made anew when a database is opened after a crash.
    if isinstance(call, Send):
        return b'"session":' in call.data
    folder = ledger.rpartition("/")[0]
    return call.path in (ledger, f"{ledger}-wal", f"{ledger}-journal", folder)


def _replayed(calls: Sequence[Call], cuts: Sequence[int]) -> Iterator[tuple[Disk, _Promises]]:
    """Disk and promises after so many calls, for each cut."""
    disk, promises, done = Disk(), _Promises(), 0
    for cut in cuts:
        for call in calls[done:cut]:
            if isinstance(call, Send):
                promises.note(call.data)
            else:
                disk.apply(call)
        done = cut
        yield disk, promises


def _open(folder: Path, files: dict[str, bytes], promises: _Promises, cut: Cut) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, content in files.items():
        (folder / Path(path).name).write_bytes(content)
    try:
        return [f"{cut}: {finding}" for finding in _look(f"sqlite:///{folder / LEDGER}", promises)]
    except DatabaseError as error:
        if not promises.opened:
            return []
        return [f"{cut}: the ledger does not open: {error.orig}"]


def _look(store: str, promises: _Promises) -> Iterator[str]:
    yield from check_integrity(store)
    books = read_books(store)
    if promises.opened and len(books) != 1:
        yield f"{len(books)} sessions: expected 1, it was acknowledged"
    for book in books:
        yield from examine_unfinished(book, acknowledged=promises.frames)
        if promises.accepted and not book.results:
            yield "no results: they were acknowledged"
