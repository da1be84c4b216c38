"""Tests of faults.messages.MessageCounter."""

from __future__ import annotations

import pytest

from faults.messages import MessageCounter

HEADERS = b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n"
TEXT, BINARY, PART, PING = 0x81, 0x82, 0x01, 0x89


def frame(first: int, payload: bytes, *, mask: bool = False) -> bytes:
    """A frame as it is on the wire."""
    masked = 0x80 if mask else 0
    if len(payload) <= 125:
        head = bytes([first, masked | len(payload)])
    elif len(payload) < 2**16:
        head = bytes([first, masked | 126]) + len(payload).to_bytes(2, "big")
    else:
        head = bytes([first, masked | 127]) + len(payload).to_bytes(8, "big")
    return head + (b"mask" if mask else b"") + payload


@pytest.mark.parametrize("size", [0, 1, 125, 126, 816, 2**16])
@pytest.mark.parametrize("mask", [False, True])
def test_it_finds_where_a_message_begins(size: int, mask: bool) -> None:
    before = HEADERS + frame(BINARY, bytes(size), mask=mask)
    data = before + frame(BINARY, bytes(size), mask=mask)

    assert MessageCounter().split_at(data, 2) == len(before)


def test_control_frames_and_parts_do_not_count() -> None:
    before = HEADERS + frame(PING, b"?") + frame(PART, b"one, ")
    counter = MessageCounter()

    assert counter.split_at(before + frame(0x80, b"two"), 1) == len(before)
    assert counter.messages == 1


def test_any_cut_of_the_bytes_gives_the_same_count() -> None:
    data = HEADERS + frame(TEXT, b"a" * 200) + frame(TEXT, b"b" * 3) + frame(BINARY, b"c" * 70_000)
    counter = MessageCounter()
    found = [counter.split_at(data[k : k + 1], 4) for k in range(len(data))]

    assert counter.messages == 3
    assert set(found) == {None}


def test_a_frame_that_began_in_earlier_bytes_begins_at_0() -> None:
    counter = MessageCounter()
    data = HEADERS + frame(TEXT, b"hello")
    cut = len(HEADERS) + 1

    assert counter.split_at(data[:cut], 1) is None
    assert counter.split_at(data[cut:], 1) == 0


def test_without_the_end_of_the_headers_nothing_begins() -> None:
    assert MessageCounter().split_at(HEADERS[:-1] + frame(TEXT, b"hello"), 1) is None
