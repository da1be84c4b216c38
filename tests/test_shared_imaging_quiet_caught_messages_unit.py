"""What is written to standard error by code that is not Python's."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from shared.imaging.quiet import caught_messages


def _say(text: bytes) -> None:
    os.write(2, text)


def test_lines_are_caught_without_opencvs_time_and_place(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caught_messages() as lines:
        _say(b"Corrupt JPEG data\n\n")
        _say(b"[ WARN:0@0.178] global grfmt_tiff.cpp:123 TIFF_Warning bad tag\n")
        _say(b"\xff odd\n")
    assert lines == ["Corrupt JPEG data", "bad tag", "\ufffd odd"]
    assert capfd.readouterr() == ("", "")


def test_afterwards_standard_error_is_itself_again(capfd: pytest.CaptureFixture[str]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ZeroDivisionError), caught_messages():
        raise ZeroDivisionError
    _say(b"shown\n")
    assert capfd.readouterr().err == "shown\n"
    assert len(os.listdir("/proc/self/fd")) == before


def test_more_than_fits_is_dropped_and_nobody_waits() -> None:
    with caught_messages() as lines:
        os.write(2, b"x" * 60_000 + b"\n")
        with pytest.raises(BlockingIOError):
            for _ in range(10):
                os.write(2, b"y" * 4_096)
    assert lines[0] == "x" * 60_000


def test_without_standard_error_there_is_nothing_to_catch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with caught_messages() as lines:
        pass
    assert not lines


def test_threads_take_turns_and_leave_standard_error_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    caught: list[list[str]] = []

    def talk(number: int) -> None:
        for _ in range(20):
            with caught_messages() as lines:
                _say(f"{number}\n".encode() * 3)
            caught.append(lines)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _say(b"shown\n")
    assert capfd.readouterr().err == "shown\n"
    assert len(caught) == 80
    assert all(len(lines) == 3 and len(set(lines)) == 1 for lines in caught)
