"""State: what the machine starts with, and its budget of memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.intake.closed.refusal import Refused
from shared.intake.closed.state import State
from shared.intake.limits import Limits


def test_a_state_sees_the_file_without_a_copy_and_cannot_write_it() -> None:
    data = bytearray(b"abc")
    state = State(data, Limits())
    assert (state.size, state.source[1], state.view[1], state.whole[1]) == (3, 98, 98, 98)
    assert state.view.readonly
    assert not state.whole.flags.writeable
    data[1] = 120
    assert state.view[1] == 120


def test_memory_is_charged_to_the_last_byte() -> None:
    state = State(b"abc", replace(Limits(), memory_bytes=100))
    state.charge(100)
    with pytest.raises(Refused, match="needs too much memory") as caught:
        state.charge(1)
    assert caught.value.hint == "raise the producer's limit with --max-load-mib"


def test_parts_are_looked_through_twice_the_file_and_a_little() -> None:
    state = State(b"abc", Limits())
    state.look_through(2**20 + 6)
    with pytest.raises(Refused, match="uses the same parts too often"):
        state.look_through(1)


def test_a_payload_ends_within_the_file_or_is_refused() -> None:
    state = State(b"abc", Limits())
    assert state.end_of(1, 2) == 3
    for start, length in ((1, 3), (9, 1), (0, 2**64 - 1)):
        with pytest.raises(Refused, match="ends too early") as caught:
            state.end_of(start, length)
        assert caught.value.expected == f"{length:,} more bytes"
