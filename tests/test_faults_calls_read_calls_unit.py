"""Tests of faults.calls.read_calls."""

from __future__ import annotations

import pytest

from faults.calls import Call, Send, Sync, Truncate, Unlink, Write, read_calls


def hexed(text: str) -> str:
    """As strace -xx writes it."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


PATH = hexed("/d/l.db")


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (f'7 pwrite64(5<{PATH}>, "{hexed("abc")}", 3, 4096) = 3', Write("/d/l.db", 4096, b"abc")),
        (f'7 pwrite64(5<{PATH}>, "{hexed("abc")}", 3, 0) = 2', Write("/d/l.db", 0, b"ab")),
        (f"7 ftruncate(5<{PATH}>, 9) = 0", Truncate("/d/l.db", 9)),
        (f"7 fdatasync(5<{PATH}>)   = 0", Sync("/d/l.db")),
        (f"7 fsync(5<{PATH}>) = 0", Sync("/d/l.db")),
        (f'7 unlink("{PATH}") = 0', Unlink("/d/l.db")),
        (f'7 sendto(9<{hexed("socket")}>, "{hexed("hi")}", 2, 0, NULL, 0) = 2', Send(b"hi")),
    ],
)
def test_each_call_is_read(line: str, call: Call) -> None:
    assert list(read_calls([line + "\n"])) == [call]


@pytest.mark.parametrize(
    "line",
    [
        f"7 fdatasync(5<{PATH}>) = -1 EIO (Input/output error)",
        f'7 pwrite64(5<{PATH}>, "{hexed("abc")}", 3, 0) = -1 ENOSPC (No space left on device)',
        f'7 unlink("{PATH}") = -1 ENOENT (No such file or directory)',
        "7 +++ exited with 0 +++",
        "strace: whatever",
    ],
)
def test_what_failed_and_what_is_no_call_is_left_out(line: str) -> None:
    assert not list(read_calls([line]))


def test_a_sync_takes_effect_when_it_returns_and_a_send_when_it_begins() -> None:
    lines = [
        f"7 fdatasync(5<{PATH}> <unfinished ...>",
        f'8 sendto(9<{hexed("socket")}>, "{hexed("hi")}", 2, 0, NULL, 0 <unfinished ...>',
        "7 <... fdatasync resumed>) = 0",
        "8 <... sendto resumed>) = 2",
    ]

    assert list(read_calls(lines)) == [Send(b"hi"), Sync("/d/l.db")]
