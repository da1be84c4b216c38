"""SampleSelector: the stated rule, checked against one that remembers every frame."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from consumer_parts import recalled, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.pipeline.records import ResultBatch
from consumer.results.selection import Candidate, SampleSelector
from shared.reports import MAX_SAMPLES

MASK = 2**64 - 1
sessions = st.lists(
    st.tuples(st.integers(-1, 14), st.sampled_from([0.25, 0.5, 0.75, 0.875, 1.0])), max_size=120
)


def _priority(sequence: int, seed: int) -> int:
    """SplitMix64 as published, with plain integers."""
    state = (seed * 0x94D049BB133111EB + 1 + (sequence + 1) * 0x9E3779B97F4A7C15) & MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ (state >> 31)


def _expected(session: list[tuple[int, float]], seed: int) -> list[int]:
    """Sequence numbers by the rule, from all frames at once."""
    drawn: dict[int, int] = {}
    for k in sorted(range(len(session)), key=lambda k: _priority(k, seed)):
        if session[k][0] >= 0 and len(drawn) < MAX_SAMPLES:
            drawn.setdefault(session[k][0], k)
    rest = [k for k, (label, _) in enumerate(session) if label >= 0 and k not in drawn.values()]
    rest.sort(key=lambda k: (session[k][1], k))
    return [drawn[label] for label in sorted(drawn)] + rest[: MAX_SAMPLES - len(drawn)]


def _batch(first: int, session: list[tuple[int, float]]) -> ResultBatch:
    return results(
        first, [label for label, _ in session], confidences=[doubt for _, doubt in session]
    )


def _select(
    session: list[tuple[int, float]], seed: int = 0, size: int = 64
) -> tuple[Candidate, ...]:
    selector = SampleSelector(seed=seed)
    for first in range(0, len(session), size):
        selector.update(_batch(first, session[first : first + size]))
    return selector.select()


@given(session=sessions, seed=st.integers(0, 2**70), size=st.integers(1, 50))
def test_the_choice_is_that_of_the_rule_however_frames_are_batched(
    session: list[tuple[int, float]], seed: int, size: int
) -> None:
    found = _select(session, seed, size)
    assert [frame.sequence for frame in found] == _expected(session, seed)
    for frame in found:
        assert (frame.label, frame.confidence) == session[frame.sequence]
        assert frame.index == frame.sequence
        assert frame.priority == _priority(frame.sequence, seed)
        assert np.all(frame.image == frame.sequence % 256)


@pytest.mark.parametrize("frames", [0, 1, 9, 10, 11])
def test_there_are_as_many_samples_as_frames_up_to_ten(frames: int) -> None:
    assert len(_select([(0, 0.5)] * frames)) == min(frames, 10)


def test_frames_without_a_label_are_never_chosen() -> None:
    assert not _select([(-1, 0.0)] * 30)


def test_each_frame_of_a_class_is_drawn_equally_often() -> None:
    frames, seeds = 8, 2000
    drawn = Counter(_select([(0, 1.0)] * frames, seed)[0].sequence for seed in range(seeds))
    expected = seeds / frames
    chi_square = sum((drawn[k] - expected) ** 2 / expected for k in range(frames))
    # The 99.9th percentile with seven degrees of freedom.
    assert chi_square < 24.3


def test_another_seed_draws_other_frames() -> None:
    session = [(k % 10, 0.5) for k in range(1000)]
    draws = {tuple(frame.sequence for frame in _select(session, seed)) for seed in range(20)}
    assert len(draws) == 20


def test_images_are_copies() -> None:
    batch = _batch(0, [(0, 0.5)])
    selector = SampleSelector(seed=0)
    selector.update(batch)
    batch.images[0][:] = 99
    assert np.all(selector.select()[0].image == 0)


def test_few_images_are_kept_of_many_classes_and_frames() -> None:
    selector = SampleSelector(seed=3)
    kept = 0
    rng = np.random.default_rng(0)
    for first in range(0, 5000, 50):
        pairs = zip(rng.integers(0, 1000, 50).tolist(), rng.random(50).tolist())
        selector.update(_batch(first, list(pairs)))
        # What is kept is not to be seen from outside.
        inside = vars(selector)
        held = (*inside["_drawn"].values(), *inside["_doubtful"])
        kept = max(kept, len({frame.sequence for frame in held}))
    assert len(selector.select()) == MAX_SAMPLES
    assert kept <= 3 * MAX_SAMPLES


def test_after_a_reset_nothing_is_left() -> None:
    selector = SampleSelector(seed=0)
    selector.update(_batch(0, [(0, 0.5)]))
    selector.reset()
    assert not selector.select()


def test_recalled_frames_are_never_chosen_because_their_images_are_gone() -> None:
    selector = SampleSelector(seed=0)
    selector.recall(recalled(0, [0, 1, 2]))
    assert not selector.select()
    selector.update(_batch(3, [(0, 0.5)]))
    assert [frame.sequence for frame in selector.select()] == [3]
