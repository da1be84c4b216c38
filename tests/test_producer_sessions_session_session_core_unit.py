"""SessionCore counts one session without I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from producer_parts import content_digest, plan, predictions

from producer.sessions.outstanding import TakenRun
from producer.sessions.plan import Standing
from producer.sessions.session import SessionCore
from shared.digests import run_digest
from shared.errors import DigestError, StateError
from shared.reports import ProducerWire
from shared.states import SessionState

S = SessionState


def _picture(core: SessionCore) -> dict[str, Any]:
    """Everything that can be seen of it but the mismatches; to be compared with a later one."""
    names = "state frames offered sent predicted stored end skipped withdrawn trailing digest"
    seen = {name: getattr(core, name) for name in [*names.split(), "may_send", "is_over"]}
    return seen | {"wire": core.wire.model_copy(update={"mismatches": 0})}


def _crc(sequence: int) -> int:
    return sequence * 2654435761 % 2**32


def _at(sequence: int) -> int:
    return 10**18 + sequence


def _crcs(first: int, count: int) -> list[int]:
    return [_crc(sequence) for sequence in range(first, first + count)]


def _core(frames: int = 6, *, sent: int = 0, stored: int = 0, window: int = 1024) -> SessionCore:
    """A fetched session with some frames sent and some stored."""
    core = SessionCore(plan(frames), window=window)
    core.attach()
    for sequence in range(sent):
        core.frame_sent(_crc(sequence), _at(sequence))
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
        core.frame_sent(_crc(sequence), _at(sequence))
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
    assert core.digest == content_digest(_crcs(0, 3))
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
    assert core.wire.mismatches == 1


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
    assert (core.state, core.digest) == (S.COMPLETE, content_digest(_crcs(0, 3)))


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


_CALLS: dict[str, Callable[[SessionCore], object]] = {
    "attach": lambda core: core.attach(),
    "predict": lambda core: core.predict(predictions(_crcs(core.predicted, 1))),
    "stop": lambda core: core.stop(0),
    "post": lambda core: core.post(),
}


def _opened() -> SessionCore:
    return SessionCore(plan())


def _suspended() -> SessionCore:
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
        (_suspended, "attach", "suspended"),
        (_suspended, "predict", "suspended"),
        (_suspended, "stop", "suspended"),
        (_suspended, "post", "suspended"),
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
    core = _suspended()
    before = _picture(core)
    core.lose()
    assert _picture(core) == before


def _newest(script: str, *, window: int = 2, frames: int | None = None) -> SessionCore:
    """A session with delivery newest: "s" sends a place of its schedule, "-" skips it."""
    core = SessionCore(plan(frames or len(script), fps=10.0, delivery="newest"), window=window)
    core.attach()
    _offer(core, script)
    return core


def _offer(core: SessionCore, script: str) -> None:
    for step in script:
        if step == "s":
            core.frame_sent(_crc(core.offered), _at(core.offered))
        else:
            core.frame_skipped()


def _take(core: SessionCore, places: list[int]) -> TakenRun:
    crcs = [_crc(place) for place in places]
    taken = core.predict(predictions(crcs, first=core.predicted, epoch=core.plan.epoch))
    core.run_stored(len(places))
    return taken


def test_what_is_taken_says_when_its_frames_were_sent_and_their_content() -> None:
    core = _core(4, sent=4)
    taken = core.predict(predictions(_crcs(0, 3)))
    assert taken.sent_ns == (_at(0), _at(1), _at(2))
    assert not taken.skips
    assert taken.digest == core.digest == content_digest(_crcs(0, 3))


def test_skipped_places_have_no_number_and_are_told_as_ranges_with_the_next_run() -> None:
    core = _newest("ss---s-s", frames=10)
    assert (core.offered, core.sent, core.skipped, core.end) == (8, 4, 4, 6)
    assert not _take(core, [0, 1]).skips
    taken = _take(core, [5, 7])
    assert taken.skips == ((2, 3), (6, 1))
    assert taken.sent_ns == (_at(5), _at(7))
    assert core.digest == content_digest([_crc(place) for place in (0, 1, 5, 7)])


def test_places_skipped_after_the_last_frame_are_told_once_the_session_is_complete() -> None:
    core = _newest("s-s--")
    assert (core.state, core.end, core.skipped) == (S.DRAINING, 2, 3)
    _take(core, [0])
    assert not core.trailing
    _take(core, [2])
    assert (core.state, core.trailing) == (S.COMPLETE, ((3, 2),))


def test_a_session_whose_last_place_is_skipped_after_all_is_stored_is_complete() -> None:
    core = _newest("s", frames=2)
    _take(core, [0])
    assert core.state is S.STREAMING
    _offer(core, "-")
    assert (core.state, core.end, core.trailing) == (S.COMPLETE, 1, ((1, 1),))


def test_a_session_of_which_every_place_is_skipped_is_complete_with_no_frame() -> None:
    core = _newest("---")
    assert (core.state, core.end, core.skipped, core.trailing) == (S.COMPLETE, 0, 3, ((0, 3),))


@pytest.mark.parametrize(
    ("at", "frames", "skipped", "withdrawn"), [(3, 8, 5, 0), (2, 4, 2, 1), (1, 1, 0, 2)]
)
def test_a_stop_of_newest_leaves_out_what_was_skipped_after_its_last_frame(
    at: int, frames: int, skipped: int, withdrawn: int
) -> None:
    core = _newest("s--s---s-", frames=20)
    core.stop(at)
    assert (core.frames, core.end, core.skipped, core.withdrawn) == (frames, at, skipped, withdrawn)
    assert core.frames == core.end + core.skipped
    _take(core, [0, 3, 7][:at])
    assert core.state is S.COMPLETE and not core.trailing


def test_a_stop_at_the_end_of_a_drained_session_takes_nothing_back() -> None:
    core = _newest("s-s--")
    core.stop(2)
    assert (core.frames, core.end, core.skipped) == (5, 2, 3)
    core.stop(1)
    assert (core.frames, core.end, core.skipped) == (1, 1, 0)


def _resumed(frames: int = 6, *, epoch: int = 2, **given: Any) -> SessionCore:
    """The next connection of a session of which this is known."""
    return SessionCore(plan(frames, epoch=epoch), standing=Standing(**given))


def test_a_resumed_session_goes_on_behind_what_is_stored_and_skipped() -> None:
    core = _resumed(6, stored=2, skipped=1, digest=content_digest([_crc(0), _crc(2)]))
    assert (core.offered, core.sent, core.predicted, core.stored) == (3, 2, 2, 2)
    assert (core.state, core.skipped, core.end) == (S.OPENED, 1, 5)
    core.attach()
    _offer(core, "s-s")
    taken = _take(core, [3, 5])
    assert taken.skips == ((4, 1),)
    assert (core.state, core.skipped) == (S.COMPLETE, 2)
    assert core.digest == content_digest([_crc(place) for place in (0, 2, 3, 5)])


def test_runs_of_an_earlier_connection_are_refused() -> None:
    core = _resumed(6, stored=2, digest=content_digest(_crcs(0, 2)))
    core.attach()
    core.frame_sent(_crc(2), _at(2))
    with pytest.raises(StateError, match=r"wrong epoch .*expected 2, got 1"):
        core.predict(predictions([_crc(2)], first=2, epoch=1))


@pytest.mark.parametrize(("stored", "skipped"), [(6, 0), (4, 2), (0, 6)])
def test_a_session_of_which_nothing_is_left_is_complete_at_once(stored: int, skipped: int) -> None:
    core = _resumed(6, stored=stored, skipped=skipped)
    assert (core.state, core.end, core.is_over) == (S.COMPLETE, stored, True)
    assert not core.may_send and not core.trailing


def test_an_accepted_session_stays_so_when_it_is_resumed() -> None:
    core = _resumed(6, state=S.ACCEPTED, stored=6)
    assert (core.state, core.end, core.is_over) == (S.ACCEPTED, 6, True)
    core.post()
    core.lose()
    assert core.state is S.ACCEPTED


def test_a_resumed_session_can_be_stopped_before_its_stream_is_fetched() -> None:
    core = _resumed(6, stored=2, skipped=1)
    with pytest.raises(StateError, match=r"expected 2\.\.2, got 1"):
        core.stop(1)
    core.stop(2)
    assert (core.state, core.frames, core.end, core.skipped) == (S.COMPLETE, 3, 2, 1)


def test_what_crosses_the_wire_is_counted_over_all_connections_and_apart() -> None:
    before = ProducerWire(frames=9, connections=2, mismatches=1, injected={"drop": 1})
    core = SessionCore(plan(epoch=3), standing=Standing(stored=2, wire=before))
    faults = {"drop": 1}
    core.count_injected(faults)
    core.attach()
    core.frame_sent(_crc(2), _at(2))
    core.frame_sent(_crc(3), _at(3), is_dropped=True)
    faults["drop"] += 1
    assert core.wire == ProducerWire(frames=10, connections=3, mismatches=1, injected={"drop": 2})
    assert (core.sent, core.stored) == (4, 2)


def test_each_run_that_does_not_match_is_counted() -> None:
    core = _core(sent=4)
    for _ in range(3):
        with pytest.raises(DigestError):
            core.predict(predictions([1], first=0))
    assert (core.wire.mismatches, core.predicted) == (3, 0)
    core.predict(predictions(_crcs(0, 4)))
