"""One session, decided without I/O: what may be sent, what may be stored, and when it is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from shared.digests import ContentDigest, run_digest
from shared.errors import DigestError, StateError
from shared.messages import Predictions
from shared.states import SessionEvent, SessionState, advance

WINDOW = 1024
"""How many frames may be unacknowledged: this bounds memory and tells the lag."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed when the session was opened.

    Args:
        session: 16 hexadecimal digits.
        frames: how many frames the session has.
        images: how many images the data set has; frame k shows image k modulo this.
        fps: frames a second, 0 for as fast as the consumer acknowledges.
        epoch: counts the connections of the session, from 1.
    """

    session: str
    frames: int
    images: int
    fps: float
    epoch: int = 1

    def index(self, sequence: int) -> int:
        """Which image of the data set a frame shows."""
        return sequence % self.images


class SessionCore:
    """The counts and the state of one session.

    Frames are sent in order of their sequence numbers; predictions are taken in the same order as
    contiguous runs, each only where it continues the ones before; what is stored follows.

    Args:
        plan: what was agreed.
        window: how many frames may be sent beyond the stored ones.
    """

    def __init__(self, plan: Plan, *, window: int = WINDOW) -> None:
        self.plan = plan
        self.window = window
        self.state = SessionState.OPENED
        self.end = plan.frames
        self.sent = 0
        self.predicted = 0
        self.stored = 0
        self._crcs: deque[int] = deque()
        self._digest = ContentDigest()

    @property
    def withdrawn(self) -> int:
        """Frames that were sent before a stop took them back."""
        return max(0, self.sent - self.end)

    @property
    def digest(self) -> str:
        """The content digest of all frames with accepted predictions."""
        return self._digest.hexdigest()

    @property
    def may_send(self) -> bool:
        """Whether the next frame has credit; never once all are sent."""
        return self.sent < self.end and self.sent - self.stored < self.window

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

    def frame_sent(self, crc: int) -> None:
        """The next frame, with this CRC-32 of its pixels, is on its way."""
        self._crcs.append(crc)
        self.sent += 1
        if self.sent == self.end:
            self._advance(SessionEvent.EXHAUST)

    def predict(self, run: Predictions) -> None:
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
        crcs = list(islice(self._crcs, count))
        digest = run_digest(crcs)
        if digest != run.digest:
            raise DigestError(
                "the pixels of both sides differ",
                where=f"frames {run.first} to {run.first + count - 1} of {self._where}",
                expected=digest,
                got=run.digest,
            )
        self.state = state
        self._take(crcs)

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
        self.end = at
        self._settle()

    def post(self) -> None:
        """The consumer posts its results.

        Raises:
            StateError: frames are still missing.
        """
        self._advance(SessionEvent.POST)

    def lose(self) -> None:
        """A connection of the session was lost, or a side gave up."""
        if self.state is not SessionState.BROKEN:
            self._advance(SessionEvent.LOSE)

    @property
    def _where(self) -> str:
        return f"session {self.plan.session}"

    def _advance(self, event: SessionEvent) -> None:
        self.state = advance(self.state, event)

    def _check(self, what: str, expected: int, got: int) -> None:
        if expected != got:
            raise StateError(f"wrong {what}", where=self._where, expected=expected, got=got)

    def _take(self, crcs: Iterable[int]) -> None:
        taken = list(crcs)
        self._digest.update(taken)
        self.predicted += len(taken)
        for _ in taken:
            self._crcs.popleft()

    def _settle(self) -> None:
        if self.state is SessionState.DRAINING and self.stored == self.end:
            self._advance(SessionEvent.STORE)
