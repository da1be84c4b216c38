"""SessionCore counts one session without I/O: tables, and random walks beside a simple model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from producer_parts import plan, predictions

from producer.sessions.session import SessionCore
from shared.digests import run_digest
from shared.errors import CatwalkError, DigestError, StateError
from shared.states import SessionState

S = SessionState


def _picture(core: SessionCore) -> dict[str, Any]:
    """Every attribute, and the digest so far; to be compared with a later one."""
    parts = {name: value for name, value in vars(core).items() if name != "_digest"}
    parts["_crcs"] = deque(parts["_crcs"])
    return parts | {"digest": core.digest}


def _crc(sequence: int) -> int:
    return sequence * 2654435761 % 2**32


def _crcs(first: int, count: int) -> list[int]:
    return [_crc(sequence) for sequence in range(first, first + count)]


def _core(frames: int = 6, *, sent: int = 0, stored: int = 0, window: int = 1024) -> SessionCore:
    """A fetched session with some frames sent and some stored."""
    core = SessionCore(plan(frames), window=window)
    core.attach()
    for sequence in range(sent):
        core.frame_sent(_crc(sequence))
    if stored:
        core.predict(predictions(_crcs(0, stored)))
        core.run_stored(stored)
    return core


def test_a_whole_session_goes_through_every_state() -> None:
    core = SessionCore(plan(3), window=2)
    seen = [core.state]
    core.attach()
    seen.append(core.state)
    for sequence in range(3):
        assert core.may_send
        core.frame_sent(_crc(sequence))
        core.predict(predictions([_crc(sequence)], first=sequence))
        seen.append(core.state)
        core.run_stored(1)
    seen.append(core.state)
    core.post()
    seen.append(core.state)
    core.post()
    core.lose()
    assert seen == [S.OPENED, *[S.STREAMING] * 3, S.DRAINING, S.COMPLETE, S.ACCEPTED]
    assert core.state is S.ACCEPTED
    assert core.digest == run_digest(_crcs(0, 3))
    assert (core.sent, core.predicted, core.stored, core.withdrawn) == (3, 3, 3, 0)


def test_the_window_closes_at_its_size_and_opens_when_frames_are_stored() -> None:
    core = _core(10, sent=4, window=4)
    assert not core.may_send
    core.predict(predictions(_crcs(0, 3)))
    assert not core.may_send
    core.run_stored(3)
    assert core.may_send


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({"first": 1, "count": 1}, "wrong first sequence number in session .*expected 2, got 1"),
        ({"first": 3, "count": 1}, "wrong first sequence number in session .*expected 2, got 3"),
        ({"first": 2, "count": 3}, "beyond the frames sent .*at most 2 frames from 2, got 3"),
        ({"first": 2, "count": 1, "epoch": 2}, "wrong epoch .*expected 1, got 2"),
    ],
)
def test_a_run_that_does_not_continue_is_refused_and_changes_nothing(
    run: dict[str, int], message: str
) -> None:
    core = _core(sent=4, stored=2)
    before = _picture(core)
    wrong = predictions(
        _crcs(run["first"], run["count"]), first=run["first"], epoch=run.get("epoch", 1)
    )
    with pytest.raises(StateError, match=message):
        core.predict(wrong)
    assert _picture(core) == before


def test_a_run_over_other_pixels_is_refused_and_changes_nothing() -> None:
    core = _core(sent=4, stored=1)
    before = _picture(core)
    with pytest.raises(DigestError, match="pixels of both sides differ in frames 1 to 2") as raised:
        core.predict(predictions([_crc(1), _crc(3)], first=1))
    assert raised.value.expected == run_digest(_crcs(1, 2))
    assert raised.value.got == run_digest([_crc(1), _crc(3)])
    assert _picture(core) == before


@pytest.mark.parametrize(
    ("at", "stored", "end", "state", "withdrawn"),
    [
        (2, 2, 2, S.COMPLETE, 2),
        (3, 2, 3, S.DRAINING, 1),
        (4, 2, 4, S.DRAINING, 0),
        (0, 0, 0, S.COMPLETE, 4),
    ],
)
def test_a_stop_ends_the_session_at_its_number(
    at: int, stored: int, end: int, state: SessionState, withdrawn: int
) -> None:
    core = _core(6, sent=4, stored=stored)
    core.stop(at)
    assert (core.end, core.state, core.withdrawn) == (end, state, withdrawn)
    assert core.is_over and not core.may_send


@pytest.mark.parametrize("at", [0, 1, 5, 2**32 - 1])
def test_a_stop_below_the_predicted_or_beyond_the_sent_frames_changes_nothing(at: int) -> None:
    core = _core(6, sent=4, stored=2)
    before = _picture(core)
    with pytest.raises(StateError, match=rf"stop at a wrong number .*expected 2\.\.4, got {at}"):
        core.stop(at)
    assert _picture(core) == before


def test_predictions_that_crossed_a_stop_are_taken_up_to_its_number() -> None:
    core = _core(6, sent=4)
    core.stop(3)
    core.predict(predictions(_crcs(0, 3)))
    core.run_stored(3)
    assert (core.state, core.digest) == (S.COMPLETE, run_digest(_crcs(0, 3)))


def test_predictions_of_withdrawn_frames_are_refused() -> None:
    core = _core(6, sent=4)
    core.stop(3)
    with pytest.raises(StateError, match="at most 3 frames from 0, got 4"):
        core.predict(predictions(_crcs(0, 4)))


def test_a_second_stop_may_only_take_more_back() -> None:
    core = _core(6, sent=4)
    core.stop(3)
    with pytest.raises(StateError, match=r"expected 0\.\.3, got 4"):
        core.stop(4)
    core.stop(1)
    assert (core.end, core.withdrawn) == (1, 3)


def test_a_session_stopped_before_its_stream_was_fetched_is_complete_with_no_frame() -> None:
    core = SessionCore(plan())
    core.stop(0)
    assert (core.state, core.end) == (S.COMPLETE, 0)


_CALLS: dict[str, Callable[[SessionCore], None]] = {
    "attach": lambda core: core.attach(),
    "predict": lambda core: core.predict(predictions(_crcs(core.predicted, 1))),
    "stop": lambda core: core.stop(0),
    "post": lambda core: core.post(),
}


def _opened() -> SessionCore:
    return SessionCore(plan())


def _broken() -> SessionCore:
    core = _core(sent=2)
    core.lose()
    return core


def _accepted() -> SessionCore:
    core = _core(2, sent=2, stored=2)
    core.post()
    return core


@pytest.mark.parametrize(
    ("make", "call", "where"),
    [
        (_opened, "predict", "opened"),
        (_opened, "post", "opened"),
        (_core, "attach", "streaming"),
        (_core, "post", "streaming"),
        (lambda: _core(2, sent=2), "attach", "draining"),
        (lambda: _core(2, sent=2), "post", "draining"),
        (lambda: _core(2, sent=2, stored=2), "attach", "complete"),
        (lambda: _core(2, sent=2, stored=2), "predict", "complete"),
        (_accepted, "attach", "accepted"),
        (_accepted, "predict", "accepted"),
        (_accepted, "stop", "accepted"),
        (_broken, "attach", "broken"),
        (_broken, "predict", "broken"),
        (_broken, "stop", "broken"),
        (_broken, "post", "broken"),
    ],
)
def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(
    make: Callable[[], SessionCore], call: str, where: str
) -> None:
    core = make()
    before = _picture(core)
    with pytest.raises(StateError, match=f"event not allowed in a session that is {where}"):
        _CALLS[call](core)
    assert _picture(core) == before


def test_losing_a_lost_session_changes_nothing() -> None:
    core = _broken()
    before = _picture(core)
    core.lose()
    assert _picture(core) == before


class _Walk(RuleBasedStateMachine):
    """Random walks; the model is four numbers and three booleans, told from what was accepted."""

    core: SessionCore
    frames = window = sent = predicted = stored = end = 0
    attached = stopped = posted = lost = False

    @initialize(frames=st.integers(1, 12), window=st.integers(1, 6))
    def begin(self, frames: int, window: int) -> None:
        """A session of some size and window."""
        self.frames = self.end = frames
        self.window = window
        self.core = SessionCore(plan(frames), window=window)

    @property
    def _over(self) -> bool:
        return self.stopped or (self.attached and self.sent >= self.end) or self.lost

    @property
    def _done(self) -> bool:
        return self._over and self.stored == self.end

    def _try(self, legal: bool, act: Callable[[], None]) -> None:
        """Do it; what is illegal must raise and change nothing."""
        before = _picture(self.core)
        if legal:
            act()
            return
        with pytest.raises((StateError, DigestError)) as raised:
            act()
        assert isinstance(raised.value, CatwalkError) and raised.value.expected is not None
        assert _picture(self.core) == before

    @rule()
    def attach(self) -> None:
        """The stream is fetched."""
        legal = not (self.attached or self.stopped or self.lost)
        self._try(legal, self.core.attach)
        self.attached = self.attached or legal

    @precondition(lambda self: self.attached and not self._over)
    @rule()
    def send(self) -> None:
        """The next frame is sent where it has credit."""
        assert self.core.may_send == (self.sent - self.stored < self.window)
        if self.core.may_send:
            self.core.frame_sent(_crc(self.sent))
            self.sent += 1

    @rule(
        count=st.integers(1, 4),
        shift=st.sampled_from([0, 0, 0, -1, 1]),
        epoch=st.sampled_from([1, 1, 1, 2]),
        sound=st.sampled_from([True, True, True, False]),
    )
    def predict(self, count: int, shift: int, epoch: int, sound: bool) -> None:
        """Some run arrives, a fitting one or not."""
        first = max(0, self.predicted + shift)
        continues = first == self.predicted and epoch == 1 and sound
        fits = first + count <= min(self.sent, self.end)
        open_ = self.attached and not self.lost and not self.posted and not self._done
        legal = continues and fits and open_
        digest = None if sound else "0" * 32
        run = predictions(_crcs(first, count), first=first, epoch=epoch, digest=digest)
        self._try(legal, lambda: self.core.predict(run))
        self.predicted += count if legal else 0

    @precondition(lambda self: self.predicted > self.stored and not self.lost)
    @rule(data=st.data())
    def store(self, data: st.DataObject) -> None:
        """Some of what was predicted is on disk."""
        count = data.draw(st.integers(1, self.predicted - self.stored))
        self.core.run_stored(count)
        self.stored += count

    @rule(at=st.integers(0, 13))
    def stop(self, at: int) -> None:
        """The session is ended at any number."""
        inside = self.predicted <= at <= min(self.sent, self.end)
        legal = inside and not self.lost and not self.posted
        self._try(legal, lambda: self.core.stop(at))
        if legal:
            self.end, self.stopped = at, True

    @rule()
    def post(self) -> None:
        """Results arrive."""
        legal = self._done and not self.lost
        self._try(legal, self.core.post)
        self.posted = self.posted or legal

    @precondition(lambda self: self.sent > 4 or self.posted)
    @rule()
    def lose(self) -> None:
        """The connection is lost."""
        self.core.lose()
        self.lost = self.lost or not self.posted

    @invariant()
    def counts_are_those_of_the_model(self) -> None:
        """The counts are those of the model."""
        core = self.core
        assert (core.sent, core.predicted, core.stored) == (self.sent, self.predicted, self.stored)
        assert core.end == self.end
        assert core.withdrawn == max(0, self.sent - self.end)
        assert core.digest == run_digest(_crcs(0, self.predicted))

    @invariant()
    def nothing_goes_beyond_the_window_or_the_session(self) -> None:
        """Nothing goes beyond the window or the session."""
        assert 0 <= self.core.stored <= self.core.predicted <= self.core.sent <= self.frames
        assert self.core.sent - self.core.stored <= self.window
        assert self.core.predicted <= self.core.end <= self.frames

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        """The state is that of the model."""
        assert self.core.state is self._state()
        assert self.core.is_over == self._over

    def _state(self) -> SessionState:
        if self.lost:
            return S.BROKEN
        if self.posted:
            return S.ACCEPTED
        if self._over:
            return S.COMPLETE if self._done else S.DRAINING
        return S.STREAMING if self.attached else S.OPENED


_Walk.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


TestWalk = _Walk.TestCase
