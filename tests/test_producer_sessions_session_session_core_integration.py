"""The session core in a small world of faults: every history ends with every promise kept."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from session_model import Ack, BrokenPromise, Consumer, Ledger, Run, World

from producer.sessions.plan import Standing
from producer.sessions.session import SessionCore
from shared.digests import NO_FRAMES
from shared.errors import PeerError
from shared.messages import Predictions

HISTORIES = 100_000
SEARCH = 20_000
"""How many histories a deliberate bug may take to be found."""
REPLAY = os.environ.get("REPRO_SEED")


def walk(kind: type[World], seeds: range) -> str:
    """The first broken promise of these histories, with its seed; "" where all are kept."""
    for seed in seeds:
        try:
            kind(seed).walk()
        except (BrokenPromise, PeerError, ArithmeticError, LookupError, ValueError) as error:
            return f"REPRO_SEED={seed}: {error!r}"
    return ""


def test_a_hundred_thousand_histories_of_faults_keep_every_promise() -> None:
    if REPLAY is not None:
        assert not walk(World, range(int(REPLAY), int(REPLAY) + 1))
        return
    part = HISTORIES // 20
    parts = [range(first, first + part) for first in range(0, HISTORIES, part)]
    # A forked child of a process with threads may hang: these begin anew.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = [words for words in pool.map(walk, [World] * len(parts), parts) if words]
    assert not found


class NoEpochInTheCore(SessionCore):
    """Takes runs of an older connection."""

    def _check(self, what: str, expected: int, got: int) -> None:
        if what != "epoch":
            super()._check(what, expected, got)


class NoOrderInTheCore(SessionCore):
    """Takes runs wherever they begin."""

    def _check(self, what: str, expected: int, got: int) -> None:
        if what == "epoch":
            super()._check(what, expected, got)


class NoDigestInTheCore(SessionCore):
    """Believes what the consumer says of the pixels."""

    def _check_digest(self, run: Predictions) -> None:
        pass


class NoWindow(SessionCore):
    """Sends as long as there is anything to send."""

    @property
    def may_send(self) -> bool:
        """Whether anything is left."""
        return self._end is None


class ForgetsTrailing(SessionCore):
    """Ends a stopped session where it was to end at first."""

    def stop(self, at: int) -> None:
        """Forget that the session is shorter now."""
        super().stop(at)
        self.frames = self.plan.frames


class NoEpochOnDisk(Ledger):
    """Stores runs of an older connection."""

    def check_epoch(self, run: Run) -> None:
        """Let every epoch in."""


class NoPrefixOnDisk(Ledger):
    """Stores runs wherever they begin."""

    def check_prefix(self, run: Run) -> None:
        """Let every run in."""


class NoReceipt(Ledger):
    """Stores results as often as they are posted."""

    def accept(self, content: str) -> str:
        """Store them again."""
        self.accepts += 1
        return super().accept(content)


class KeepsUnstored(Consumer):
    """Keeps results of a lost connection, although their frames come again."""

    def forget(self) -> None:
        """Forget nothing."""


class NoChecksum(Consumer):
    """Classifies damaged frames."""

    checks = False


class AcknowledgesBeforeCommit(World):
    """Says "stored" when a run was taken."""

    def take(self) -> None:
        """Acknowledge what the disk has not."""
        before = {id(line): len(line.taken) for line in self.lines}
        super().take()
        for line in self.lines:
            if len(line.taken) > before[id(line)]:
                run = line.taken[-1][0]
                line.core.run_stored(len(run.labels))
                line.down.append(Ack(run.first + len(run.labels)))

    def commit(self) -> None:
        """Store without a word."""
        for line in self.lines:
            if line.taken:
                try:
                    self.ledger.append(*line.taken.popleft())
                except PeerError:
                    self.dismiss(line)
                return


class ForgetsDigest(World):
    """Begins a new digest at each connection."""

    def standing(self) -> Standing:
        """All but the digest."""
        known = super().standing()
        return Standing(known.state, known.stored, known.skipped, NO_FRAMES)


class ForgetsSkips(World):
    """Goes on as if nothing had been skipped."""

    def standing(self) -> Standing:
        """All but the skipped positions."""
        known = super().standing()
        return Standing(known.state, known.stored, 0, known.digest)


class ResumesFromMemory(World):
    """Goes on after the frames that were taken, not those that are on disk."""

    def standing(self) -> Standing:
        """What a connection before has taken counts as stored."""
        known = super().standing()
        if not self.lines:
            return known
        core = self.lines[-1].core
        return Standing(known.state, max(known.stored, core.predicted), known.skipped, core.digest)


def world(
    *,
    core: type[SessionCore] = SessionCore,
    ledger: type[Ledger] = Ledger,
    consumer: type[Consumer] = Consumer,
    supersedes: bool = True,
) -> type[World]:
    """A world with these parts."""

    kinds = {"core_kind": core, "ledger_kind": ledger, "consumer_kind": consumer}
    return type("Patched", (World,), {**kinds, "supersedes": supersedes})


BUGS: dict[str, type[World]] = {
    "acknowledges before the commit": AcknowledgesBeforeCommit,
    "begins a new digest at each connection": ForgetsDigest,
    "forgets what was skipped": ForgetsSkips,
    "resumes from memory in place of the disk": ResumesFromMemory,
    "ignores the window": world(core=NoWindow),
    "forgets that a stop shortens a session": world(core=ForgetsTrailing),
    "stores results twice": world(ledger=NoReceipt),
    "keeps results whose frames come again": world(consumer=KeepsUnstored),
    "no epoch on disk, older connections go on": world(ledger=NoEpochOnDisk, supersedes=False),
    "neither order nor digest in the core, no prefix on disk": world(
        core=type("Gullible", (NoOrderInTheCore, NoDigestInTheCore), {}), ledger=NoPrefixOnDisk
    ),
    "no digest in the core, no checksum in the consumer": world(
        core=NoDigestInTheCore, consumer=NoChecksum
    ),
    "no epoch anywhere, no prefix on disk": world(
        core=NoEpochInTheCore, ledger=type("NoFence", (NoEpochOnDisk, NoPrefixOnDisk), {})
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_deliberate_bug_is_found(bug: str) -> None:
    assert walk(BUGS[bug], range(SEARCH)), f"nothing found in {SEARCH} histories"
