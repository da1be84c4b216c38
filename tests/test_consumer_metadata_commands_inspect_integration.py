"""``consumer inspect`` as a process of its own, with files that do harm elsewhere."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_samples import (
    encoded,
    jpeg_with_a_hole,
    jpeg_with_extra_bytes,
    picture,
    tiff_of_many_samples,
    whole_files,
)
from PIL import Image
from services import environment


def _run(*arguments: str | bytes, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "consumer", "inspect", *arguments],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
        **options,
    )


def _lines(ended: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """What it has said; anything but log lines makes this fail."""
    return [json.loads(line) for line in ended.stderr.splitlines()]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_word_of_a_decoder_reaches_the_terminal(tmp_path: Path, workers: str) -> None:
    for name, data in whole_files().items():
        (tmp_path / f"{name}.bin").write_bytes(data)
        (tmp_path / f"{name} cut.bin").write_bytes(data[: 2 * len(data) // 3])
    (tmp_path / "hole.jpg").write_bytes(jpeg_with_a_hole())
    (tmp_path / "extra.jpg").write_bytes(jpeg_with_extra_bytes())
    (tmp_path / "cut.tif").write_bytes(encoded(picture(), "TIFF")[:-9])
    (tmp_path / "many.tif").write_bytes(tiff_of_many_samples())
    os.mkfifo(tmp_path / "pipe.png")
    ended = _run(str(tmp_path), "--workers", workers)
    assert ended.returncode == 1
    bad = len(whole_files()) + 4
    assert [line["event"] for line in _lines(ended)] == ["unreadable"] * bad + ["inspected"]
    entries = json.loads(ended.stdout)["images"]
    whole = {entry["file_name"] for entry in entries if "error" not in entry}
    assert whole == {*(f"{name}.bin" for name in whole_files()), "extra.jpg"}
    cut = [entry["error"]["what"] for entry in entries if " cut.bin" in entry["file_name"]]
    assert set(cut) == {"truncated image"}


def test_names_of_any_bytes_are_taken_and_told(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/\xff \xc3\xa4.png"
    with open(raw, "wb") as file:
        file.write(encoded(picture(), "PNG"))
    ended = _run(raw, "--per-image", os.fsencode(tmp_path) + b"/each")
    assert ended.returncode == 0, ended.stderr
    (entry,) = json.loads(ended.stdout)["images"]
    assert entry["file_name"] == "\\xff ä.png"
    assert bytes.fromhex(entry["path_bytes"]) == raw
    assert os.listdir(os.fsencode(tmp_path) + b"/each") == [b"\xff \xc3\xa4.json"]


def test_a_reader_that_goes_away_is_one_line(tmp_path: Path) -> None:
    for k in range(200):
        (tmp_path / f"{k}.png").write_bytes(encoded(picture(), "PNG"))
    command = [sys.executable, "-m", "consumer", "inspect", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        told = process.stderr.read().splitlines()
    assert process.returncode == 8
    assert [json.loads(line)["event"] for line in told] == ["failed"]


def test_on_a_terminal_a_bar_shows_long_work(tmp_path: Path) -> None:
    for k in range(20):
        (tmp_path / f"{k}.png").write_bytes(encoded(picture(), "PNG"))
    # Whatever the machine, the work takes longer than no patience at all.
    program = (
        "from consumer.__main__ import main\n"
        "from consumer.metadata import meter\n"
        "meter.PATIENCE_S = 0.0\n"
        "main()\n"
    )
    master, slave = pty.openpty()
    command = [sys.executable, "-c", program, "inspect", str(tmp_path), "--output", "/dev/null"]
    with subprocess.Popen(command, stderr=slave, env=environment()) as process:
        os.close(slave)
        shown = b""
        while piece := _read(master):
            shown += piece
    os.close(master)
    assert process.returncode == 0
    assert b"20/20" in shown and b"Traceback" not in shown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_when_it_is_ended_nothing_of_it_lives_on(tmp_path: Path, number: signal.Signals) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    images, each, output = tmp_path / "images", tmp_path / "each", tmp_path / "out" / "all.json"
    images.mkdir()
    output.parent.mkdir()
    (images / "0.png").write_bytes(encoded(Image.fromarray(noise), "PNG", compress_level=1))
    for k in range(1, 5_000):
        os.link(images / "0.png", images / f"{k}.png")
    arguments = ["--workers", "2", "--output", str(output), "--per-image", str(each)]
    with subprocess.Popen(
        [sys.executable, "-m", "consumer", "inspect", str(images), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        while not each.is_dir() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        # Both pipes end only when no process has them any more.
        told = process.communicate(timeout=60)[1]
    assert b"Traceback" not in told
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 130
        assert not list(output.parent.iterdir())
        assert {path.suffix for path in each.iterdir()} <= {".json"}


@pytest.mark.parametrize(
    ("closing", "options", "code"),
    [
        (">&-", (), 8),
        (">&-", ("--schema",), 8),
        (">&-", ("--output", "/dev/null"), 0),
        ("2>&-", (), 0),
        ("2>&-", ("--workers", "0"), 2),
        ("<&- >&- 2>&-", ("--output", "/dev/null", "--workers", "2"), 0),
    ],
)
def test_closed_streams_are_no_crash(
    tmp_path: Path, closing: str, options: tuple[str, ...], code: int
) -> None:
    for k in range(3):
        (tmp_path / f"{k}.png").write_bytes(encoded(picture(), "PNG"))
    command = [sys.executable, "-m", "consumer", "inspect", str(tmp_path), *options]
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {closing}', "sh", *command],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    assert len(_lines(ended)) == ("2>&-" not in closing)
    assert bool(ended.stdout) == (closing == "2>&-" and not code)


def _read(terminal: int) -> bytes:
    """What a terminal shows next; nothing when all have left it."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
