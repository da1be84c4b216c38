"""One session, decided without I/O: what may be sent, what may be stored, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from producer.sessions.outstanding import Outstanding, SentFrame, TakenRun, gaps
from producer.sessions.plan import Plan, Standing
from shared.errors import DigestError, StateError
from shared.messages import Predictions
from shared.reports import ProducerWire
from shared.states import SessionEvent, SessionState, advance

WINDOW = 1024
"""How many frames may be unacknowledged: this bounds memory and tells the lag."""


@dataclass(slots=True)
class _WireCount:
    """What crosses the wire; plain numbers, because each frame counts."""

    frames: int
    mismatches: int
    injected: Mapping[str, int]


class SessionCore:
    """The counts and the state of one session on one connection.

    Frames are sent in order of their sequence numbers; predictions are taken in the same order as
    contiguous runs, each only where it continues the ones before; what is stored follows.

    Args:
        plan: what was agreed.
        window: how many frames may be sent beyond the stored ones.
        standing: where it goes on; from the start where there is none.
    """

    def __init__(
        self, plan: Plan, *, window: int = WINDOW, standing: Standing = Standing()
    ) -> None:
        self.plan = plan
        self.window = window
        self.state = standing.state
        self.frames = plan.frames
        self.offered = standing.stored + standing.skipped
        self.sent = self.predicted = self.stored = standing.stored
        self._end: int | None = None
        self._outstanding = Outstanding(self.offered - 1, standing.digest)
        wire = standing.wire
        self._wire = _WireCount(wire.frames, wire.mismatches, wire.injected)
        if self.offered == self.frames:
            self._end = self.sent
            self._settle()

    @property
    def end(self) -> int:
        """How many frames are sent in all, once that is known; before, at most so many."""
        return self.frames - self.skipped if self._end is None else self._end

    @property
    def withdrawn(self) -> int:
        """Frames that were sent before a stop took them back."""
        return max(0, self.sent - self.end)

    @property
    def skipped(self) -> int:
        """Positions of the schedule, as far as it counts, whose frame was skipped."""
        if self._end is not None:
            return self.frames - self._end
        return self.offered - self.sent

    @property
    def trailing(self) -> tuple[tuple[int, int], ...]:
        """(first, count) of the positions skipped after the last frame with a prediction."""
        if self._end != self.predicted:
            return ()
        return tuple(gaps(self._outstanding.position, self.frames))

    @property
    def digest(self) -> str:
        """The content digest of all frames with accepted predictions."""
        return self._outstanding.digest

    @property
    def wire(self) -> ProducerWire:
        """What crossed the wire, over all connections of the session."""
        return ProducerWire(
            frames=self._wire.frames,
            connections=self.plan.epoch,
            mismatches=self._wire.mismatches,
            injected=dict(self._wire.injected),
        )

    @property
    def may_send(self) -> bool:
        """Whether the next frame has credit; never once all are sent."""
        return self._end is None and self.sent - self.stored < self.window

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent."""
        return self.state is not SessionState.OPENED and self.state is not SessionState.STREAMING

    def attach(self) -> None:
        """The stream was fetched.

        Raises:
            StateError: it was fetched before, or the session is over.
        """
        self._advance(SessionEvent.ATTACH)

    def frame_sent(self, crc: int, sent_ns: int, *, is_dropped: bool = False) -> None:
        """The next frame is on its way.

        Args:
            crc: CRC-32 of its pixels.
            sent_ns: when, nanoseconds since 1970.
            is_dropped: it is not, because a fault is made on request.
        """
        self._outstanding.add(SentFrame(crc, sent_ns, self.offered))
        self.sent += 1
        self._wire.frames += not is_dropped
        self._offer()

    def frame_skipped(self) -> None:
        """The next frame found no credit when it was due; another gets its number."""
        self._offer()

    def count_injected(self, injected: Mapping[str, int]) -> None:
        """Report the faults that are made on request, which are counted there as they happen."""
        self._wire.injected = injected

    def predict(self, run: Predictions) -> TakenRun:
        """Take the predictions of a run that may then be stored.

        Raises:
            StateError: the run is of another epoch, does not continue the last one, or goes
                beyond what was sent.
            DigestError: the run's digest is not that of the frames sent.
        """
        state = advance(self.state, SessionEvent.PREDICT)
        count = len(run.labels)
        limit = min(self.sent, self.end)
        self._check("epoch", self.plan.epoch, run.epoch)
        self._check("first sequence number", self.predicted, run.first)
        if run.first + count > limit:
            raise StateError(
                "run goes beyond the frames sent",
                where=self._where,
                expected=f"at most {limit - run.first} frames from {run.first}",
                got=count,
            )
        self._check_digest(run)
        self.state = state
        self.predicted += count
        return self._outstanding.take(count)

    def run_stored(self, count: int) -> None:
        """The next ``count`` predicted frames are on disk."""
        self.stored += count
        self._settle()

    def stop(self, at: int) -> None:
        """End the session after ``at`` frames, all of which were sent.

        Raises:
            StateError: ``at`` is below what was predicted or beyond what was sent, or the session
                is past stopping.
        """
        state = advance(self.state, SessionEvent.STOP)
        low, high = self.predicted, min(self.sent, self.end)
        if not low <= at <= high:
            raise StateError(
                "stop at a wrong number", where=self._where, expected=f"{low}..{high}", got=at
            )
        self.state = state
        last = self._outstanding.position_after(at - low)
        # What was skipped after the last frame is no longer part of the session.
        self.frames = last + 1 if self._end != at else self.frames
        self._end = at
        self._settle()

    def post(self) -> None:
        """The consumer posts its results.

        Raises:
            StateError: frames are still missing.
        """
        self._advance(SessionEvent.POST)

    def lose(self) -> None:
        """A connection of the session was lost, or a side gave up."""
        self._advance(SessionEvent.LOSE)

    @property
    def _where(self) -> str:
        return f"session {self.plan.session}"

    def _advance(self, event: SessionEvent) -> None:
        self.state = advance(self.state, event)

    def _check(self, what: str, expected: int, got: int) -> None:
        if expected != got:
            raise StateError(f"wrong {what}", where=self._where, expected=expected, got=got)

    def _check_digest(self, run: Predictions) -> None:
        count = len(run.labels)
        digest = self._outstanding.run_digest(count)
        if digest != run.digest:
            self._wire.mismatches += 1
            raise DigestError(
                "the pixels of both sides differ",
                where=f"frames {run.first} to {run.first + count - 1} of {self._where}",
                expected=digest,
                got=run.digest,
            )

    def _offer(self) -> None:
        self.offered += 1
        if self.offered == self.frames:
            self._end = self.sent
            self._advance(SessionEvent.EXHAUST)
            self._settle()

    def _settle(self) -> None:
        settles = self.state in (SessionState.OPENED, SessionState.DRAINING)
        if settles and self.stored == self._end:
            self._advance(SessionEvent.STORE)
