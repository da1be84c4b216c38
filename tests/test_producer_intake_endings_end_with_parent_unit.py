"""end_with_parent: it waits for the end of a pipe, and leaves then."""

from __future__ import annotations

import os
import subprocess
import sys

from producer.intake.endings import end_with_parent

SCRIPT = """
import sys, time
from producer.intake.endings import end_with_parent
end_with_parent(0)
print("ready", flush=True)
time.sleep(600)
"""


def test_it_leaves_when_the_other_end_is_closed() -> None:
    receiving, sending = os.pipe()
    left: list[str] = []
    thread = end_with_parent(receiving, lambda: left.append("left"))
    os.write(sending, b"more")
    assert thread.is_alive() and not left
    os.close(sending)
    thread.join()
    os.close(receiving)
    assert left == ["left"]


def test_the_process_is_killed_by_default() -> None:
    pipes = subprocess.PIPE
    with subprocess.Popen((sys.executable, "-c", SCRIPT), stdin=pipes, stdout=pipes) as child:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait() == -9
