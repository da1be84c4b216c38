"""Outstanding keeps what is known of frames until their predictions come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from producer_parts import content_digest

from producer.sessions.outstanding import Outstanding, SentFrame, TakenRun, gaps
from shared.digests import NO_FRAMES, ContentDigest, run_digest

crcs = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=30)


def _filled(frames: list[SentFrame], *, position: int = -1, digest: str = NO_FRAMES) -> Outstanding:
    outstanding = Outstanding(position, digest)
    for frame in frames:
        outstanding.add(frame)
    return outstanding


def _frames(values: list[int]) -> list[SentFrame]:
    return [SentFrame(crc, sent_ns=100 + k, position=k) for k, crc in enumerate(values)]


@given(values=crcs, data=st.data())
def test_runs_are_taken_in_order_and_their_content_is_chained(
    values: list[int], data: st.DataObject
) -> None:
    outstanding = _filled(_frames(values))
    done = 0
    while done < len(values):
        count = data.draw(st.integers(1, len(values) - done))
        assert outstanding.run_digest(count) == run_digest(values[done : done + count])
        taken = outstanding.take(count)
        done += count
        assert taken.sent_ns == tuple(range(100 + done - count, 100 + done))
        assert taken.digest == outstanding.digest == content_digest(values[:done])
        assert not taken.skips


def test_it_goes_on_from_a_place_and_a_digest() -> None:
    before = ContentDigest()
    before.update([1, 2])
    outstanding = _filled([SentFrame(3, 7, 6)], position=4, digest=before.hexdigest())
    assert outstanding.take(1) == TakenRun((7,), ((5, 1),), content_digest([1, 2, 3]))
    assert outstanding.position == 6


def test_places_left_out_are_told_with_the_frame_behind_them() -> None:
    places = [2, 3, 7, 8, 10]
    outstanding = _filled([SentFrame(place, 0, place) for place in places])
    assert outstanding.take(2).skips == ((0, 2),)
    assert outstanding.take(3).skips == ((4, 3), (9, 1))


def test_looking_ahead_changes_nothing() -> None:
    outstanding = _filled([SentFrame(place, 0, place) for place in (0, 4)], position=-1)
    assert [outstanding.position_after(count) for count in (0, 1, 2)] == [-1, 0, 4]
    assert outstanding.run_digest(2) == run_digest([0, 4])
    assert (outstanding.position, outstanding.digest) == (-1, NO_FRAMES)


def test_there_is_a_gap_only_where_places_lie_between() -> None:
    assert [*gaps(-1, 0)] == [*gaps(4, 5)] == []
    assert [*gaps(-1, 3)] == [(0, 3)]
    assert [*gaps(4, 6)] == [(5, 1)]
