"""Patience: what another connection may mend, how long to wait for it, and when to give up."""

from __future__ import annotations

import random

import pytest

from consumer.session.patience import FAULTS, HEALS, POISON, Patience
from shared.errors import (
    AuthorisationError,
    CatwalkError,
    ConnectionLost,
    FrameError,
    LimitError,
    MessageError,
    ModelError,
    OwnerError,
    PeerError,
    ProducerUnavailable,
    RefusedError,
    StateError,
    StoreError,
    TakenOverError,
    WorkerError,
)

LOST = ConnectionLost("session channel lost")


class Longest(random.Random):
    """Chance that always asks for the longest wait."""

    def uniform(self, a: float, b: float) -> float:
        """The end of the range."""
        return a + (b - a)


class Case:
    """A patience of 30 s before and 600 s after the first word, with a clock set by hand."""

    def __init__(self, *, first_s: float = 30.0, resume_s: float = 600.0) -> None:
        self.time = 1000.0
        self.patience = Patience(first_s, resume_s, now=lambda: self.time, chance=Longest())

    def pauses(self, count: int) -> list[float]:
        """So many pauses in a row, with no time between them."""
        return [self.patience.pause_s(LOST) for _ in range(count)]


@pytest.mark.parametrize(
    "error",
    [
        LOST,
        FrameError("wrong CRC-32"),
        LimitError("no room at the producer"),
        *(RefusedError(code, "later") for code in sorted(HEALS)),
    ],
    ids=lambda error: f"{type(error).__name__} {error.code}",
)
def test_what_another_connection_may_mend_is_tried_again(error: PeerError) -> None:
    assert Case().patience.pause_s(error) > 0.0


@pytest.mark.parametrize(
    "error",
    [
        StateError("unexpected message"),
        MessageError("wrong content"),
        TakenOverError("the session goes on elsewhere"),
        OwnerError("another consumer's session"),
        AuthorisationError("not let in"),
        ProducerUnavailable("no producer"),
        # The same code as the producer's, but on this machine.
        StoreError("cannot write"),
        WorkerError("the analyst thread failed"),
        ModelError("no weights"),
        CatwalkError("a fault of our own"),
        *(
            RefusedError(code, "no")
            for code in ("taken-over", "not-yours", "bad-state", "unauthorised", "no-session")
        ),
    ],
    ids=lambda error: f"{type(error).__name__} {error.code}",
)
def test_anything_else_is_the_end_at_once(error: CatwalkError) -> None:
    with pytest.raises(CatwalkError) as caught:
        Case().patience.pause_s(error)
    assert caught.value is error


def test_pauses_double_from_a_tenth_of_a_second_to_five() -> None:
    assert Case().pauses(8) == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0])


def test_pauses_begin_anew_when_a_frame_was_stored_and_only_then() -> None:
    case = Case()
    case.patience.progress(3)
    assert case.pauses(2) == pytest.approx([0.1, 0.2])
    case.patience.progress(3)
    assert case.pauses(1) == pytest.approx([0.4])
    case.patience.progress(4)
    assert case.pauses(1) == pytest.approx([0.1])


@pytest.mark.parametrize("code", sorted(POISON))
def test_after_ten_connections_with_what_time_does_not_mend_the_last_error_is_the_end(
    code: str,
) -> None:
    case = Case()
    case.patience.progress(0)
    error = RefusedError(code, "again")
    for _ in range(FAULTS):
        case.patience.pause_s(error)
    with pytest.raises(RefusedError) as caught:
        case.patience.pause_s(error)
    assert caught.value is error
    case.patience.progress(1)
    assert case.patience.pause_s(error) == pytest.approx(0.1)


@pytest.mark.parametrize("code", sorted(HEALS - POISON))
def test_what_time_mends_is_tried_again_until_the_time_is_up(code: str) -> None:
    case = Case()
    case.patience.progress(0)
    for _ in range(100):
        case.patience.pause_s(RefusedError(code, "later"))
    case.time += 600.0
    with pytest.raises(RefusedError):
        case.patience.pause_s(RefusedError(code, "later"))


@pytest.mark.parametrize("first_s", [0.0, 30.0])
def test_before_the_first_word_the_first_patience_counts(first_s: float) -> None:
    case = Case(first_s=first_s)
    assert case.patience.left_s == first_s
    case.time += first_s
    assert case.patience.left_s == 0.0
    with pytest.raises(ConnectionLost):
        case.pauses(1)


def test_each_stored_frame_gives_the_whole_time_to_come_back() -> None:
    case = Case(resume_s=10.0)
    case.patience.progress(0)
    assert case.patience.left_s == 10.0
    case.time += 9.0
    case.patience.progress(0)
    assert case.patience.left_s == pytest.approx(1.0)
    case.patience.progress(1)
    assert case.patience.left_s == 10.0


@pytest.mark.parametrize(("resume_s", "left_s"), [(10.0, 10.0), (0.0, 0.0)])
def test_the_time_of_a_connection_does_not_count(resume_s: float, left_s: float) -> None:
    case = Case(resume_s=resume_s)
    case.patience.progress(0)
    case.time += 3600.0
    case.patience.connected(3600.0)
    assert case.patience.left_s == left_s


def test_no_pause_goes_beyond_the_end() -> None:
    case = Case(resume_s=10.0)
    case.patience.progress(0)
    case.time += 9.95
    assert case.pauses(1) == pytest.approx([0.05])


def test_with_no_time_to_come_back_the_first_loss_is_the_end() -> None:
    case = Case(resume_s=0.0)
    case.patience.progress(0)
    with pytest.raises(ConnectionLost):
        case.pauses(1)
