"""DoubtfulSelector: the stated rule, checked against one that remembers every frame."""

from __future__ import annotations

import numpy as np
from consumer_parts import recalled, results
from hypothesis import given
from hypothesis import strategies as st

from consumer.results.doubtful import (
    NOVEL_SHOWN,
    SHOWN,
    DoubtfulFrame,
    DoubtfulFrames,
    DoubtfulSelector,
)
from shared.doubt import NOVEL

# Label, size of the set, confidence, novelty: few values each, so that many are equal.
Frame = tuple[int, int, float, float]
sessions = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.integers(3, 6),
        st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    ),
    max_size=80,
)


def _select(
    session: list[Frame], *, size: int = 64, sets: bool = True, novelty: bool = True
) -> DoubtfulFrames:
    selector = DoubtfulSelector()
    for first in range(0, len(session), size):
        part = session[first : first + size]
        batch = results(
            first,
            [label for label, *_ in part],
            confidences=[confidence for *_, confidence, _ in part],
            sets=[() if label < 0 else range(wide) for label, wide, *_ in part] if sets else None,
            novelty=[0.0 if frame[0] < 0 else frame[3] for frame in part] if novelty else None,
        )
        selector.update(batch)
    return selector.select()


def _numbers(frames: tuple[DoubtfulFrame, ...]) -> list[int]:
    return [found.frame.sequence for found in frames]


@given(session=sessions, size=st.integers(1, 30))
def test_the_choice_is_that_of_the_rule_however_frames_are_batched(
    session: list[Frame], size: int
) -> None:
    known = [k for k, frame in enumerate(session) if frame[0] >= 0]
    novel = [k for k in known if session[k][3] >= NOVEL]
    novel = sorted(novel, key=lambda k: (-session[k][3], k))[:NOVEL_SHOWN]
    rest = [k for k in known if k not in novel]
    rest.sort(key=lambda k: (-session[k][1], session[k][2], k))
    found = _select(session, size=size)
    assert _numbers(found.novel) == novel
    assert _numbers(found.uncertain) == rest[: SHOWN - len(novel)]
    for one in (*found.novel, *found.uncertain):
        label, wide, confidence, novelty = session[one.frame.sequence]
        assert (one.frame.label, one.frame.confidence) == (label, confidence)
        assert (one.members, one.novelty) == (tuple(range(wide)), novelty)
        assert one.frame.index == one.frame.sequence
        assert np.all(one.frame.image == one.frame.sequence % 256)


def test_without_novelties_ten_frames_are_uncertain() -> None:
    found = _select([(0, 3, 1 - k / 32, 0.0) for k in range(20)], novelty=False)
    assert _numbers(found.uncertain) == list(range(19, 9, -1))
    assert (found.novel, found.uncertain[0].novelty) == ((), None)


def test_without_sets_the_least_confident_are_uncertain() -> None:
    found = _select([(0, 3, 1 - k / 32, k / 20) for k in range(20)], sets=False)
    assert _numbers(found.novel) == [19, 18, 17, 16, 15]
    assert _numbers(found.uncertain) == [14, 13, 12, 11, 10]
    assert found.uncertain[0].members == ()


def test_where_nothing_is_novel_ten_frames_are_uncertain() -> None:
    found = _select([(0, 5 if k == 3 else 3, 1.0, 0.49) for k in range(20)])
    assert not found.novel
    assert _numbers(found.uncertain) == [3, 0, 1, 2, 4, 5, 6, 7, 8, 9]


def test_a_model_that_says_nothing_has_none_and_recalled_frames_have_no_images() -> None:
    selector = DoubtfulSelector()
    selector.update(results(0, [0, 1]))
    selector.recall(recalled(2, [1], sets=((0, 1),), novelties=(0.9,)))
    assert selector.select() == DoubtfulFrames()


def test_an_image_is_kept_as_it_was() -> None:
    selector = DoubtfulSelector()
    batch = results(0, [0], sets=[(0,)])
    selector.update(batch)
    batch.images[0][:] = 99
    assert np.all(selector.select().uncertain[0].frame.image == 0)
    selector.reset()
    assert selector.select() == DoubtfulFrames()
