"""Chaos decides what is done with each frame, from the seed and the frame's place alone."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.sessions.chaos import Action, Chaos, ChaosSpec

SPEC = ChaosSpec(drop=0.02, reset=0.01, corrupt=0.005, stall=0.01, delay_s=0.05, stall_s=2.0)
FRAMES = 20_000


def faults_of(chaos: Chaos) -> set[int]:
    """The frames that are not simply sent."""
    return {k for k in range(FRAMES) if chaos.next(k).action is not Action.SEND}


@given(st.integers(0, 2**64 - 1), st.integers(1, 2**32 - 1), st.lists(st.integers(0, 2**32 - 1)))
def test_the_same_frame_of_the_same_epoch_and_seed_meets_the_same_fault(
    seed: int, epoch: int, sequences: list[int]
) -> None:
    one, other = (Chaos(SPEC, seed=seed, epoch=epoch) for _ in range(2))
    forth = {sequence: one.next(sequence) for sequence in sequences}
    back = {sequence: other.next(sequence) for sequence in reversed(sequences)}
    assert forth == back


def test_the_faults_of_a_seed_are_the_same_for_ever() -> None:
    chaos = Chaos(SPEC, seed=7, epoch=1)
    found = [(k, str(chaos.next(k).action)) for k in range(160)]
    assert [pair for pair in found if pair[1] != "send"] == [
        (25, "reset"),
        (37, "drop"),
        (53, "corrupt"),
        (118, "drop"),
        (157, "drop"),
    ]


@pytest.mark.parametrize(("seed", "epoch"), [(8, 1), (7, 2)])
def test_another_seed_and_another_epoch_meet_other_faults(seed: int, epoch: int) -> None:
    one, other = (faults_of(Chaos(SPEC, seed=s, epoch=e)) for s, e in ((7, 1), (seed, epoch)))
    # Independent shares of 3.5 % have 0.12 % of the frames in common.
    assert len(one & other) < FRAMES * 0.004


def test_each_fault_happens_as_often_as_asked() -> None:
    chaos = Chaos(SPEC, seed=1, epoch=1)
    plans = [chaos.next(k) for k in range(FRAMES)]
    actions = Counter(plan.action for plan in plans)
    assert actions[Action.DROP] == pytest.approx(0.02 * FRAMES, rel=0.2)
    assert actions[Action.RESET] == pytest.approx(0.01 * FRAMES, rel=0.2)
    assert actions[Action.CORRUPT] == pytest.approx(0.005 * FRAMES, rel=0.3)
    stalls = sum("stall" in plan.faults for plan in plans)
    assert stalls == pytest.approx(0.01 * FRAMES, rel=0.2)


def test_delays_are_spread_evenly_from_none_to_the_longest() -> None:
    chaos = Chaos(ChaosSpec(delay_s=0.05), seed=1, epoch=1)
    delays = [chaos.next(k).delay_s for k in range(FRAMES)]
    assert 0 <= min(delays) < 0.001
    assert 0.049 < max(delays) < 0.05
    assert sum(delays) / FRAMES == pytest.approx(0.025, rel=0.02)


def test_a_stalled_frame_waits_and_is_sent() -> None:
    chaos = Chaos(ChaosSpec(stall=1.0, stall_s=2.0), seed=1, epoch=1)
    plan = chaos.next(0)
    assert (plan.action, plan.delay_s) == (Action.SEND, 2.0)


@pytest.mark.parametrize(
    ("spec", "action"),
    [
        (ChaosSpec(drop=1.0), Action.DROP),
        (ChaosSpec(reset=1.0), Action.RESET),
        (ChaosSpec(corrupt=1.0), Action.CORRUPT),
    ],
)
def test_a_share_of_1_leaves_no_frame_alone(spec: ChaosSpec, action: Action) -> None:
    chaos = Chaos(spec, seed=1, epoch=1)
    assert {chaos.next(k).action for k in range(1000)} == {action}


def test_what_is_done_and_nothing_else_is_counted_on_from_earlier_epochs() -> None:
    spec = ChaosSpec(drop=1.0, delay_s=0.01)
    chaos = Chaos(spec, seed=1, epoch=2, injected={"drop": 5, "reset": 2})
    for sequence in range(3):
        chaos.count(chaos.next(sequence))
    chaos.next(3)
    assert chaos.injected == {"drop": 8, "reset": 2, "delay": 3}


def test_without_faults_every_frame_is_sent_at_once() -> None:
    chaos = Chaos(ChaosSpec(), seed=1, epoch=1)
    plans = [chaos.next(k) for k in range(1000)]
    assert {(plan.action, plan.delay_s) for plan in plans} == {(Action.SEND, 0.0)}
    assert not chaos.injected
