"""A small world in which a session suffers faults: the real core, and models of all around it.

One history is a random walk: frames, runs, acknowledgements and results travel one at a time over
connections that are cut unnoticed; consumer and producer are killed at any step; what a dead
connection still carries may arrive late. Then the world heals, the session must end, and every
promise is checked. Everything that a history does follows from its seed.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from producer.sessions.outstanding import TakenRun
from producer.sessions.plan import Plan, Standing
from producer.sessions.session import SessionCore
from shared.digests import NO_FRAMES, ContentDigest, run_digest
from shared.errors import PeerError, StateError
from shared.messages import Delivery, Predictions
from shared.states import SessionEvent, SessionState, advance, resumed

STEPS = 40
HEALING = 2_000
SESSION = "0123456789abcdef"
STEP_NAMES = ("connect", "send", "arrive", "report", "take", "commit", "hear")


class BrokenPromise(AssertionError):
    """What must never happen has happened."""


class Frame(NamedTuple):
    """A frame on the wire."""

    epoch: int
    sequence: int
    position: int
    crc: int


class Run(NamedTuple):
    """A run of predictions on its way, as far as the core looks at it."""

    epoch: int
    first: int
    labels: tuple[int, ...]
    digest: str


class Stop(NamedTuple):
    """The consumer ends the session early."""

    at: int


class Post(NamedTuple):
    """The consumer posts its results."""

    content: str


class Ack(NamedTuple):
    """The producer acknowledges frames."""

    stored: int


class Finished(NamedTuple):
    """The producer has sent all frames."""

    sent: int


class Accepted(NamedTuple):
    """The producer has the results."""

    content: str


def crc_of(position: int) -> int:
    """The checksum of the image at a position of the schedule."""
    return position * 2_654_435_761 % 2**32


def label_of(position: int) -> int:
    """What the consumer's model says of it."""
    return position % 7


@dataclass
class Ledger:
    """What is on disk: the rules of the real one, in memory."""

    frames: int
    delivery: Delivery
    epoch: int = 1
    state: SessionState = SessionState.OPENED
    positions: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    skipped: int = 0
    digest: str = NO_FRAMES
    accepted: str = ""
    accepts: int = 0

    def resume(self) -> None:
        """The consumer comes back."""
        self.epoch += 1
        self.state = resumed(self.state)

    def append(self, run: Run, taken: TakenRun, positions: list[int]) -> None:
        """Store a run where it continues the stored prefix, under the present epoch."""
        self.check_epoch(run)
        self.check_prefix(run)
        self.positions += positions
        self.labels += run.labels
        self.skipped += sum(count for _, count in taken.skips)
        self.digest = taken.digest

    def check_epoch(self, run: Run) -> None:
        """Fence off older connections."""
        if run.epoch != self.epoch:
            raise StateError("older epoch")

    def check_prefix(self, run: Run) -> None:
        """No gap, nothing twice."""
        if run.first != len(self.positions):
            raise StateError("does not continue")

    def mark(self, epoch: int, core: SessionCore) -> None:
        """Write the state down."""
        if epoch == self.epoch and self.state is not SessionState.ACCEPTED:
            self.state, self.frames = core.state, core.frames
            if core.state is SessionState.COMPLETE:
                self.skipped = core.frames - len(self.positions)

    def accept(self, content: str) -> str:
        """Store results once."""
        if self.accepted and content != self.accepted:
            raise StateError("other results")
        if not self.accepted:
            self.accepts += 1
        self.accepted, self.state = content, SessionState.ACCEPTED
        return self.accepted


@dataclass
class Line:
    """One connection: what is on its way, and the producer's session on it."""

    core: SessionCore
    window: int
    frames: deque[Frame] = field(default_factory=deque)
    up: deque[Run | Stop | Post] = field(default_factory=deque)
    down: deque[Ack | Finished | Accepted] = field(default_factory=deque)
    taken: deque[tuple[Run, TakenRun, list[int]]] = field(default_factory=deque)
    sent: list[int] = field(default_factory=list)
    is_cut: bool = False
    fetched: bool = False
    told: bool = False

    @property
    def epoch(self) -> int:
        """Of the session on this connection."""
        return self.core.plan.epoch


class Consumer:
    """One process of the consumer: what it has in memory."""

    checks = True

    def __init__(self, ledger: Ledger, line: Line) -> None:
        self.line = line
        self.results: list[Frame] = []
        self.reported = 0
        self.stored = len(ledger.positions)
        self.arrived = self.stored
        # Recalled: what an earlier process had stored.
        self.digest = ContentDigest(ledger.digest)
        self.labels = list(ledger.labels)
        self.end: int | None = None
        self.posted = False
        self.stopped = False
        self.done = False

    def come_back(self, ledger: Ledger, line: Line) -> None:
        """The same process on a new connection: forgets what is not stored."""
        self.line = line
        self.acknowledge(len(ledger.positions))
        self.forget()
        self.arrived = self.stored
        self.reported = 0
        self.end = None
        self.posted = self.stopped = False

    def forget(self) -> None:
        """What is not stored will be sent again."""
        self.results.clear()

    def acknowledge(self, stored: int) -> None:
        """So many frames are stored."""
        count = stored - self.stored
        if count < 0 or count > len(self.results):
            raise BrokenPromise(f"{count} frames acknowledged of {len(self.results)} in hand")
        done, self.results = self.results[:count], self.results[count:]
        self.digest.update(frame.crc for frame in done)
        self.labels += [label_of(frame.position) for frame in done]
        self.stored = stored
        self.reported = max(0, self.reported - count)

    def receive(self, frame: Frame) -> bool:
        """Take a frame; False where the connection is of no more use."""
        if frame.epoch != self.line.epoch or frame.sequence > self.arrived:
            return False
        if not self.is_whole(frame):
            return False
        if frame.sequence == self.arrived:
            self.arrived += 1
            self.results.append(frame)
        return True

    def is_whole(self, frame: Frame) -> bool:
        """Whether the checksum is that of the pixels."""
        return not self.checks or frame.crc == crc_of(frame.position)


class World:
    """Everything at one moment of one history.

    Args:
        seed: decides everything.
    """

    core_kind: type[SessionCore] = SessionCore
    ledger_kind: type[Ledger] = Ledger
    consumer_kind: type[Consumer] = Consumer
    supersedes = True

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.delivery: Delivery = "every" if self.chance.random() < 0.5 else "newest"
        self.window = self.chance.randrange(1, 4)
        frames = self.chance.randrange(1, 6)
        self.ledger = self.ledger_kind(frames, self.delivery)
        self.wanted = frames
        self.lines: list[Line] = []
        self.consumer: Consumer | None = None
        self.known = 0
        self.finished = False
        self.connect()

    def walk(self) -> None:
        """Live through a history with faults, then heal, and check every promise."""
        chance = self.chance
        for _ in range(STEPS):
            if self.finished:
                break
            kind = chance.random()
            if kind < 0.9:
                self.step(chance.randrange(len(STEP_NAMES)))
            else:
                self.fault(chance.randrange(6))
        self.heal()
        self.check()

    def heal(self) -> None:
        """No more faults: the session must come to its end."""
        for turn in range(HEALING):
            if self.finished:
                return
            self.step(turn % len(STEP_NAMES))
        raise BrokenPromise("the session does not end")

    def step(self, kind: int) -> None:
        """Something that is no fault."""
        getattr(self, STEP_NAMES[kind])()

    def connect(self) -> None:
        """The consumer connects, or comes back, where it has no connection."""
        consumer = self.consumer
        if self.finished or (consumer is not None and not self._is_lost(consumer.line)):
            return
        if self.known:
            for old in self.lines if self.supersedes else ():
                old.core.lose()
            self.ledger.resume()
        self.known = 1
        core = self.core_kind(self._plan(), window=self.window, standing=self.standing())
        line = Line(core, self.window)
        self.lines = [*self.lines[-2:], line]
        if consumer is None:
            self.consumer = self.consumer_kind(self.ledger, line)
        else:
            consumer.come_back(self.ledger, line)
        if self.ledger.state is SessionState.ACCEPTED:
            line.told = True
            line.down += [Finished(line.core.end), Accepted(self.ledger.accepted)]

    def _plan(self) -> Plan:
        """What the session is on the next connection."""
        ledger = self.ledger
        return Plan(SESSION, ledger.frames, 100, 10.0, ledger.delivery, ledger.epoch)

    def standing(self) -> Standing:
        """Where it goes on."""
        ledger = self.ledger
        return Standing(ledger.state, len(ledger.positions), ledger.skipped, ledger.digest)

    def _is_lost(self, line: Line) -> bool:
        """Whether the consumer has noticed that a connection is of no more use."""
        return line not in self.lines or (line.is_cut and not line.frames and not line.down)

    def send(self) -> None:
        """The producer sends a frame, or skips one."""
        line = self.lines[-1] if self.lines else None
        if line is None:
            return
        core = line.core
        if not line.fetched:
            line.fetched = True
            if not core.is_over:
                core.attach()
        if core.state is SessionState.STREAMING:
            if core.may_send:
                self._send_frame(line)
            elif self.delivery == "newest":
                core.frame_skipped()
        if core.sent - core.stored > line.window:
            raise BrokenPromise("more frames on their way than there is credit")
        if core.is_over and core.state is not SessionState.SUSPENDED and not line.told:
            line.told = True
            self.ledger.mark(line.epoch, core)
            line.down.append(Finished(core.end))

    def _send_frame(self, line: Line) -> None:
        """Put the next frame on the wire; one in twenty is damaged there."""
        core = line.core
        position = core.offered
        frame = Frame(core.plan.epoch, core.sent, position, crc_of(position))
        core.frame_sent(frame.crc, 0)
        line.sent.append(position)
        if not line.is_cut:
            is_damaged = self.chance.random() < 0.05
            line.frames.append(frame._replace(crc=frame.crc ^ 1) if is_damaged else frame)

    def arrive(self) -> None:
        """The consumer receives a frame."""
        consumer = self.consumer
        if consumer is not None and consumer.line.frames:
            if not consumer.receive(consumer.line.frames.popleft()):
                self.drop(consumer.line)

    def report(self) -> None:
        """The consumer sends a run; once all is stored, its results."""
        consumer = self.consumer
        if consumer is None or consumer.line.is_cut:
            return
        fresh = consumer.results[consumer.reported :][: self.chance.randrange(1, 4)]
        line = consumer.line
        if fresh:
            consumer.reported += len(fresh)
            labels = tuple(label_of(frame.position) for frame in fresh)
            digest = run_digest(frame.crc for frame in fresh)
            line.up.append(Run(line.epoch, fresh[0].sequence, labels, digest))
        elif consumer.end == consumer.stored and not consumer.posted:
            consumer.posted = True
            line.up.append(Post(f"{consumer.stored} {consumer.digest.hexdigest()}"))

    def take(self) -> None:
        """The producer receives a message, perhaps a late one of a dead connection."""
        line = self._any_line(lambda one: bool(one.up))
        if line is None:
            return
        message = line.up.popleft()
        try:
            if isinstance(message, Run):
                taken = line.core.predict(cast(Predictions, message))
                positions = line.sent[: len(message.labels)]
                del line.sent[: len(message.labels)]
                line.taken.append((message, taken, positions))
            elif isinstance(message, Stop):
                self._stop(line, message.at)
            else:
                advance(line.core.state, SessionEvent.POST)
                line.core.state = SessionState.ACCEPTED
                line.down.append(Accepted(self.ledger.accept(message.content)))
        except PeerError:
            self.dismiss(line)

    def _stop(self, line: Line, at: int) -> None:
        """The producer ends the session early."""
        line.core.stop(at)
        self.ledger.mark(line.epoch, line.core)
        if line.told:
            line.down.append(Finished(line.core.end))

    def commit(self) -> None:
        """The ledger stores a run that was taken, perhaps of a dead connection."""
        line = self._any_line(lambda one: bool(one.taken))
        if line is None:
            return
        run, taken, positions = line.taken.popleft()
        try:
            self.ledger.append(run, taken, positions)
        except PeerError:
            self.dismiss(line)
            return
        line.core.run_stored(len(run.labels))
        if line.core.state is SessionState.COMPLETE:
            self.ledger.mark(line.epoch, line.core)
        line.down.append(Ack(run.first + len(run.labels)))

    def hear(self) -> None:
        """The consumer receives a message."""
        consumer = self.consumer
        if consumer is None or not consumer.line.down:
            return
        message = consumer.line.down.popleft()
        if isinstance(message, Ack):
            if message.stored > len(self.ledger.positions):
                raise BrokenPromise("acknowledged and not stored")
            consumer.acknowledge(message.stored)
        elif isinstance(message, Finished):
            consumer.end = message.sent
        else:
            self.finished = consumer.done = True

    def fault(self, kind: int) -> None:
        """Something that goes wrong."""
        consumer = self.consumer
        if kind == 0 and self.lines:
            self.drop(self.lines[-1])
        elif kind == 1:
            self.consumer = None
            for line in self.lines:
                self.drop(line)
        elif kind == 2:
            # What the producer had not committed is gone, and so is what it had on its way.
            self.lines = []
        elif kind == 3 and self.lines:
            # The end of a connection that the producer notices.
            self.dismiss(self.lines[-1])
        elif kind == 4 and self.lines and self.lines[-1].up:
            # A message that comes twice, or after those behind it.
            up = self.lines[-1].up
            up.append(up[0])
            up.rotate(self.chance.randrange(2))
        elif consumer is not None and not consumer.stopped and not consumer.line.is_cut:
            consumer.stopped = True
            at = consumer.stored + len(consumer.results)
            consumer.arrived = max(consumer.arrived, at)
            consumer.line.up.append(Stop(at))

    def drop(self, line: Line) -> None:
        """A connection is cut; what was on its way may still arrive at the producer."""
        line.is_cut = True
        line.frames.clear()
        line.down.clear()
        while line.up and self.chance.random() < 0.5:
            line.up.pop()

    def dismiss(self, line: Line) -> None:
        """The producer ends a connection."""
        self.drop(line)
        line.up.clear()
        line.core.lose()
        self.ledger.mark(line.epoch, line.core)

    def _any_line(self, fits: Callable[[Line], bool]) -> Line | None:
        """One of the producer's connections, old ones too."""
        fitting = [line for line in self.lines if fits(line)]
        return self.chance.choice(fitting) if fitting else None

    def check(self) -> None:
        """Every promise, at the end."""
        ledger, consumer = self.ledger, self.consumer
        digest = ContentDigest()
        digest.update(crc_of(position) for position in ledger.positions)
        stored = len(ledger.positions)
        facts: dict[str, tuple[Any, Any]] = {
            "each position at most once, in order": (
                ledger.positions,
                sorted(set(ledger.positions)),
            ),
            "each frame with its own label": (
                ledger.labels,
                [label_of(position) for position in ledger.positions],
            ),
            "stored + skipped = frames": (stored + ledger.skipped, ledger.frames),
            "digest of the pixels": (ledger.digest, digest.hexdigest()),
            "results once": (ledger.accepts, 1),
            "state": (ledger.state, SessionState.ACCEPTED),
            "the consumer's digest": (consumer and consumer.digest.hexdigest(), ledger.digest),
            "the consumer's labels": (consumer and consumer.labels, ledger.labels),
        }
        if self.delivery == "every":
            facts["nothing skipped"] = (ledger.positions, list(range(ledger.frames)))
        for name, (got, expected) in facts.items():
            if got != expected:
                raise BrokenPromise(f"{name}: expected {expected}, got {got}")
