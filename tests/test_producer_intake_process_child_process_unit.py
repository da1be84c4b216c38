"""ChildProcess: what it says is heard, and it never outlives its context."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from producer.intake.process import MAX_ANSWER_BYTES, MAX_ANSWERS_BYTES, ChildProcess

SAY = "import os, sys; out = os.fdopen(int(sys.argv[1]), 'wb', 0)\n"
LONG_S = 60.0


class _Enough(Exception):
    """Raised where a line is heard."""


def _enough(_line: bytes) -> None:
    raise _Enough


def _run(
    script: str,
    *,
    seconds: float = LONG_S,
    told: str = "",
    heard: Callable[[bytes], None] | None = None,
) -> tuple[int, list[bytes], str]:
    receiving, sending = os.pipe()
    lines: list[bytes] = []
    command = (sys.executable, "-c", SAY + script, str(sending))
    try:
        with ChildProcess(command, keep=(sending,), answers=receiving) as child:
            os.close(sending)
            child.say(told)
            status = child.listen(heard or lines.append, time.monotonic() + seconds)
            return status, lines, child.last_words
    finally:
        os.close(receiving)


def test_each_line_is_heard_however_it_comes() -> None:
    script = "out.write(b'one\\ntw'); out.write(b'o\\nthree')"
    assert _run(script) == (0, [b"one", b"two"], "")


def test_the_child_hears_what_it_is_told() -> None:
    assert _run("out.write(sys.stdin.buffer.readline())", told="a job")[1] == [b"a job"]


def test_its_noise_is_kept_apart_and_its_end_is_known() -> None:
    script = "sys.stderr.write('x' * 9999 + '\\nlast words\\n'); print('no'); sys.exit(7)"
    assert _run(script) == (7, [], "last words")


def test_a_child_that_does_not_listen_is_no_error() -> None:
    assert _run("os.close(0); os.kill(os.getpid(), 11)", told="x" * 200_000)[0] == -11


def test_a_line_without_end_is_not_kept() -> None:
    script = f"out.write(b'x' * {MAX_ANSWER_BYTES + 2**17}); out.write(b'\\nend\\n')"
    lines = _run(script)[1]
    assert lines[-1] == b"end" and len(lines[0]) < MAX_ANSWER_BYTES


def test_a_child_that_says_too_much_is_ended() -> None:
    heard: list[int] = []
    with pytest.raises(OverflowError):
        _run("while True: out.write(b'x' * 65535 + b'\\n')", heard=lambda _: heard.append(1))
    assert len(heard) <= MAX_ANSWERS_BYTES / 2**16


@pytest.mark.parametrize(
    "script",
    [
        "import time; time.sleep(600)",
        "os.close(2); out.close(); import time; time.sleep(600)",
        "import time\nwhile True: out.write(b'x\\n'); time.sleep(0.01)",
    ],
    ids=["with its pipes open", "with its pipes closed", "talking all the time"],
)
def test_a_child_that_is_late_is_killed(script: str) -> None:
    with pytest.raises(TimeoutError):
        _run(script, seconds=1.0)


def test_what_the_child_has_started_is_killed_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = (
        "import subprocess, time, pathlib\n"
        "other = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(mark)!r}).write_text(str(other.pid))\n"
        "out.write(b'go\\n'); time.sleep(600)"
    )
    with pytest.raises(_Enough):
        _run(script, heard=_enough)
    other = int(mark.read_text("ascii"))
    deadline = time.monotonic() + LONG_S
    while _is_alive(other) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_alive(other)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIG_DFL)
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
    return state != "Z"
