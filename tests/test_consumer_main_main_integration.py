"""``python -m consumer`` as a process, without a producer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def consumer(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "consumer", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )


def test_without_a_producer_it_ends_with_3_and_one_error_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"ws://127.0.0.1:{holder.getsockname()[1]}"
    output = str(tmp_path / "results")
    done = consumer("run", "--producer", address, "--patience", "0.2", "--output", output)
    assert done.returncode == 3
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line for line in lines if line["level"] == "error"] == lines[-1:]
    assert lines[-1]["event"] == "failed"
    assert lines[-1]["code"] == "unreachable"
    assert lines[-1]["reason"].startswith(
        f"no producer at {address}: expected an answer within 0.2 s, got "
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "setting"),
    [
        (("--fps", "-1"), {}, "fps"),
        (("--producer", "ws://localhost:70000"), {}, "producer"),
        ((), {"CATWALK_BATCH": "many"}, "batch"),
    ],
    ids=["option", "address", "variable"],
)
def test_a_value_that_cannot_be_used_ends_with_2_and_one_error_line(
    arguments: tuple[str, ...], environment: dict[str, str], setting: str
) -> None:
    done = consumer("run", *arguments, **environment)
    assert done.returncode == 2
    (line,) = [json.loads(text) for text in done.stderr.splitlines()]
    assert line["code"] == "bad-setting"
    assert f"wrong value of {setting} in option --{setting}" in line["reason"]


def test_what_is_no_number_ends_with_2_and_words() -> None:
    done = consumer("run", "--count", "many")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--count" in done.stderr
