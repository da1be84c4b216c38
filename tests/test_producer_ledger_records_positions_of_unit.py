"""positions_of puts frames where the schedule had them, around what was skipped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_parts import Script, record

from producer.ledger.records import SessionRecord, Skip, StoredRun, positions_of


def _ranges(skipped: list[bool]) -> list[Skip]:
    """Maximal and not: each skipped place by itself is a range too."""
    return [Skip(place, 1) for place, is_skipped in enumerate(skipped) if is_skipped]


def _joined(skips: list[Skip]) -> list[Skip]:
    joined: list[Skip] = []
    for skip in skips:
        if joined and joined[-1].first + joined[-1].count == skip.first:
            joined[-1] = Skip(joined[-1].first, joined[-1].count + skip.count)
        else:
            joined.append(skip)
    return joined


@given(st.lists(st.booleans(), max_size=40))
def test_frames_stand_in_the_places_that_were_not_skipped(skipped: list[bool]) -> None:
    sent = [place for place, is_skipped in enumerate(skipped) if not is_skipped]
    sequences = np.arange(len(sent), dtype=np.int64)
    single = _ranges(skipped)
    for skips in (single, _joined(single)):
        found = positions_of(sequences, skips)
        assert found.dtype == np.int64
        assert found.tolist() == sent
        assert positions_of(sequences[2:], skips).tolist() == sent[2:]


def test_a_run_has_a_time_for_each_frame() -> None:
    run = Script().run([0, 1])
    with pytest.raises(ValueError, match=r"expected 2 times of sending, got \(3,\)"):
        StoredRun(run.run, np.zeros(3, np.int64), run.skips, run.digest, run.wire)


def test_records_of_the_same_session_are_equal() -> None:
    assert isinstance(record(), SessionRecord)
    assert record() == record() != record(fps=5.0)
