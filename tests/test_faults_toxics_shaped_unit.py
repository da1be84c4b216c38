"""Tests of faults.toxics.shaped, and of each toxic through it."""

from __future__ import annotations

import random
from itertools import pairwise

from faults.toxics import (
    Bandwidth,
    End,
    Latency,
    LimitData,
    Piece,
    ResetAtMessage,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
    Toxic,
    shaped,
)

END = Piece(b"", 5.0, End.CLOSE)


def pass_all(pieces: list[Piece], *toxics: Toxic) -> list[Piece]:
    """What becomes of several pieces, one after the other."""
    return [after for piece in pieces for after in shaped(piece, toxics)]


def data_of(pieces: list[Piece]) -> bytes:
    """What arrives in the end."""
    return b"".join(piece.data for piece in pieces)


def test_without_toxics_a_piece_stays_as_it_is() -> None:
    assert shaped(END, []) == [END]


def test_latency_delays_and_keeps_the_order() -> None:
    pieces = [Piece(bytes([k]), k / 100) for k in range(50)]
    late = pass_all(pieces, Latency(0.2, jitter_s=0.1, chance=random.Random(1)))

    assert data_of(late) == data_of(pieces)
    assert all(before.due <= after.due for before, after in pairwise(late))
    assert all(0.09 < b.due - a.due for a, b in zip(pieces, late, strict=True))


def test_bandwidth_spreads_bytes_over_time() -> None:
    slow = pass_all([Piece(b"a" * 100, 0.0), Piece(b"b" * 50, 0.0)], Bandwidth(100.0))

    assert [piece.due for piece in slow] == [1.0, 1.5]


def test_slow_close_delays_the_end_alone() -> None:
    slow = pass_all([Piece(b"a", 1.0), END], SlowClose(3.0))

    assert [piece.due for piece in slow] == [1.0, 8.0]


def test_timeout_swallows_everything_and_closes_later() -> None:
    assert pass_all([Piece(b"a", 1.0), Piece(b"b", 2.0)], Timeout(4.0)) == [
        Piece(b"", 5.0, End.CLOSE)
    ]


def test_reset_peer_passes_until_its_time_has_come() -> None:
    cut = pass_all([Piece(b"a", 1.0), Piece(b"b", 1.4), Piece(b"c", 1.6)], ResetPeer(0.5))

    assert data_of(cut) == b"ab"
    assert cut[-1].end is End.RESET


def test_slicer_loses_nothing_and_keeps_the_end_last() -> None:
    content = bytes(range(200))
    toxic = Slicer(8, delay_s=0.01, chance=random.Random(2))
    sliced = pass_all([Piece(content, 0.0, End.CLOSE)], toxic)

    assert data_of(sliced) == content
    assert len(sliced) > 15
    assert [piece.end for piece in sliced if piece.end] == [End.CLOSE]
    assert sliced[-1].end is End.CLOSE


def test_limit_data_closes_after_so_many_bytes() -> None:
    cut = pass_all([Piece(b"abc", 0.0), Piece(b"defg", 0.0)], LimitData(5))

    assert data_of(cut) == b"abcde"
    assert cut[-1].end is End.CLOSE


def test_reset_at_message_tears_the_message_of_its_number() -> None:
    headers = b"HTTP/1.1 101 X\r\n\r\n"
    frames = [bytes([0x82, 3]) + text for text in (b"one", b"two", b"six")]
    cut = pass_all([Piece(headers + b"".join(frames), 0.0)], ResetAtMessage(2, torn=3))

    assert data_of(cut) == headers + frames[0] + frames[1][:3]
    assert cut[-1].end is End.RESET


def test_toxics_are_passed_in_order() -> None:
    cut = pass_all(
        [Piece(b"abcdef", 0.0)],
        LimitData(4),
        Latency(1.0, jitter_s=0.0, chance=random.Random(0)),
    )

    assert cut == [Piece(b"abcd", 1.0, End.CLOSE)]
