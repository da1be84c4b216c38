"""Vitals: who has stalled, died or failed, and that nobody is called so without cause."""

from __future__ import annotations

import pytest
from consumer_parts import SESSION
from hypothesis import given
from hypothesis import strategies as st

from consumer.vitals import GAP_S, STAGES, STALL_S, Health, Phase, Pulse, Vitals

LIMIT_S = 30.0


class Session:
    """Stages that pass on what a test says, looked at once a second."""

    def __init__(self) -> None:
        self.pulses = dict.fromkeys(STAGES, Pulse())
        self.vitals = Vitals(limit=LIMIT_S)
        self.vitals.follow(SESSION, lambda: self.pulses)
        self.now = 1000.0

    def count(
        self, received: int, classified: int, reported: int, stored: int, *, sent: int = 0
    ) -> None:
        """Let the stages have passed on so many frames; the producer may not have said so yet."""
        counts = (sent, received, classified, reported, stored)
        self.pulses = {name: Pulse(count) for name, count in zip(STAGES, counts, strict=True)}

    def look(self, *, after: float = 1.0) -> Health:
        """The health so much later."""
        self.now += after
        return self.vitals.look(self.now)

    def wait(self, seconds: int) -> Health:
        """The health after so many seconds with a look in each."""
        health = self.look(after=0.0)
        for _ in range(seconds):
            health = self.look()
        return health


@pytest.mark.parametrize("phase", ["loading", "connecting", "resuming"])
def test_before_there_is_a_session_all_is_well_however_long_it_takes(phase: Phase) -> None:
    vitals = Vitals()
    vitals.enter(phase)
    for now in range(0, 1000, 10):
        health = vitals.look(float(now))
    assert health == Health("ok", phase, None, dict.fromkeys(STAGES, 0), ())


def test_the_document_is_flat_and_complete() -> None:
    session = Session()
    session.count(4, 3, 2, 1, sent=5)
    document = {
        "status": "ok",
        "phase": "playing",
        "session": SESSION,
        "sent": 5,
        "received": 4,
        "classified": 3,
        "reported": 2,
        "stored": 1,
        "reasons": [],
    }
    assert list(session.look().document().items()) == list(document.items())


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((12, 0, 0, 0), "the analyst has passed on nothing for 34 s while 12 frames wait"),
        ((12, 11, 11, 11), "the analyst has passed on nothing for 34 s while 1 frame waits"),
        ((12, 12, 2, 2), "the desk has reported nothing for 34 s while 10 frames wait"),
        ((12, 12, 12, 4), "the producer has acknowledged nothing for 34 s while 8 frames wait"),
    ],
)
def test_a_stage_that_lets_frames_wait_has_stalled(
    counts: tuple[int, int, int, int], reason: str
) -> None:
    session = Session()
    session.count(*counts)
    assert session.wait(29).status == "ok"
    health = session.wait(5)
    assert (health.status, health.reasons) == ("stalled", (reason,))


def test_a_receiver_has_stalled_when_it_passes_on_nothing_of_what_was_sent() -> None:
    session = Session()
    session.count(5, 5, 5, 5, sent=12)
    assert session.wait(29).status == "ok"
    # Neither more frames on their way nor the word of them keep it from being found.
    session.count(5, 5, 5, 5, sent=40)
    health = session.wait(5)
    assert (health.status, health.reasons) == (
        "stalled",
        ("the receiver has passed on nothing for 34 s while 35 frames wait",),
    )


def test_a_receiver_whose_frames_are_long_under_way_is_well_while_some_come() -> None:
    session = Session()
    for passed in range(20):
        session.count(passed, passed, passed, passed, sent=passed + 1000)
        assert session.wait(29).status == "ok"


@pytest.mark.parametrize("sent", [0, 3, 5])
def test_a_receiver_waits_for_no_frame_that_is_not_known_to_be_sent(sent: int) -> None:
    session = Session()
    session.count(5, 5, 5, 5, sent=sent)
    assert session.wait(1000).status == "ok"


def test_after_a_stop_a_receiver_passes_on_what_it_has_and_nothing_else_is_waited_for() -> None:
    session = Session()
    session.count(5, 5, 5, 5, sent=12)
    session.wait(25)
    stopped = session.pulses | {"received": Pulse(5, end=5)}
    session.pulses = stopped
    assert session.wait(1000).status == "ok"
    session.pulses = stopped | {"received": Pulse(5, end=6)}
    assert session.wait(30).reasons == (
        "the receiver has passed on nothing for 30 s while 1 frame waits",
    )


def test_every_stage_that_has_stalled_is_named() -> None:
    session = Session()
    session.count(9, 3, 3, 1)
    assert [reason.split(" has ")[0] for reason in session.wait(30).reasons] == [
        "the analyst",
        "the producer",
    ]


def test_the_limit_is_half_a_minute_where_none_is_given() -> None:
    vitals = Vitals()
    vitals.follow(SESSION, lambda: dict.fromkeys(STAGES, Pulse()) | {"sent": Pulse(1)})
    health = [vitals.look(float(now)) for now in range(31)]
    assert STALL_S == 30.0
    assert [health[k].status for k in (29, 30)] == ["ok", "stalled"]


def test_who_waits_for_the_next_frame_is_well() -> None:
    session = Session()
    session.count(5, 5, 5, 5)
    assert session.wait(1000).status == "ok"


def test_a_frame_that_comes_after_a_long_silence_has_not_waited_for_long() -> None:
    session = Session()
    session.count(5, 5, 5, 5)
    session.wait(1000)
    session.count(6, 5, 5, 5)
    assert session.wait(29).status == "ok"


def test_a_slow_stage_has_not_stalled() -> None:
    session = Session()
    for passed in range(20):
        session.count(100, passed, passed, passed)
        assert session.wait(29).status == "ok"


def test_a_stage_that_goes_on_is_well_again() -> None:
    session = Session()
    session.count(5, 0, 0, 0)
    assert session.wait(30).status == "stalled"
    session.count(5, 1, 0, 0)
    assert session.look().status == "ok"


def test_a_process_that_was_frozen_has_not_stalled() -> None:
    session = Session()
    session.count(5, 4, 4, 4)
    session.wait(3)
    assert session.look(after=3600.0).status == "ok"
    session.count(5, 5, 5, 5)
    assert session.look().status == "ok"
    # What counts of such a gap is bounded, so that a stall is found all the same.
    session.count(6, 5, 5, 5)
    session.look()
    for _ in range(int(LIMIT_S / GAP_S)):
        health = session.look(after=100.0)
    assert health.status == "stalled"


def test_a_later_stage_may_seem_to_be_ahead() -> None:
    session = Session()
    session.count(5, 4, 5, 5)
    assert "desk" not in " ".join(session.wait(1000).reasons)


def test_a_dead_thread_is_told_at_the_first_look() -> None:
    session = Session()
    session.pulses = session.pulses | {"classified": Pulse(3, dead=True)}
    health = session.look()
    assert (health.status, health.reasons) == ("dead", ("the analyst's thread has died",))


def test_an_error_is_told_of_the_stage_where_it_began() -> None:
    session = Session()
    failed = Pulse(3, failure="wrong CRC-32 in frame 3")
    session.pulses = session.pulses | {"received": failed, "classified": failed}
    health = session.look()
    assert health.status == "dead"
    assert health.reasons == ("the receiver has ended with an error: wrong CRC-32 in frame 3",)


def test_death_is_graver_than_a_stall_and_both_are_told() -> None:
    session = Session()
    session.count(9, 3, 3, 3)
    session.pulses = session.pulses | {"classified": Pulse(3, dead=True)}
    health = session.wait(30)
    assert (health.status, len(health.reasons)) == ("dead", 2)


def test_the_counts_stay_when_the_results_are_written() -> None:
    session = Session()
    session.count(5, 5, 5, 5)
    session.vitals.enter("reporting")
    health = session.wait(100)
    assert (health.status, health.phase, health.counts["stored"]) == ("ok", "reporting", 5)


@given(
    steps=st.lists(
        st.tuples(st.floats(0.0, 3.0), st.integers(0, 4), st.integers(1, 40)), max_size=60
    )
)
def test_no_stage_that_moves_within_the_limit_is_ever_said_to_stall(
    steps: list[tuple[float, int, int]],
) -> None:
    session = Session()
    counts = [0, 0, 0, 0, 0]
    moved = [session.now] * 5
    for after, stage, frames in steps:
        counts[stage] = (
            counts[stage] + frames if stage == 0 else min(counts[stage] + frames, counts[stage - 1])
        )
        for late in range(1, 5):
            # Who has let frames wait for a while passes on one of them now.
            if session.now + after - moved[late] > LIMIT_S / 2 and counts[late] < counts[late - 1]:
                counts[late] += 1
                moved[late] = session.now + after
        session.count(counts[1], counts[2], counts[3], counts[4], sent=counts[0])
        assert session.look(after=after).status == "ok"


def test_a_later_connection_whose_counts_begin_lower_has_not_stalled() -> None:
    session = Session()
    session.count(60, 50, 50, 40, sent=60)
    assert session.wait(20).status == "ok"
    # The connection is lost: what was not stored is counted again.
    session.count(40, 40, 40, 40, sent=40)
    session.vitals.enter("resuming")
    assert session.wait(60) == Health("ok", "resuming", SESSION, dict.fromkeys(STAGES, 40), ())
    session.vitals.follow(SESSION, lambda: session.pulses)
    session.count(50, 40, 40, 40, sent=50)
    assert session.look().phase == "playing"
    assert session.wait(29).status == "ok"
    reason = "the analyst has passed on nothing for 31 s while 10 frames wait"
    assert session.wait(2).reasons == (reason,)
