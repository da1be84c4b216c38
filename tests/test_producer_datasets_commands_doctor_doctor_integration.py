"""``producer dataset doctor`` as a process: what is on its two outputs, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import doctor_parts as parts
import numpy as np
import pytest

from producer.datasets.commands_doctor import doctor


def run(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command with a cache of its own."""
    command = [sys.executable, "-m", "producer", "dataset", doctor.__name__]
    environment = {**os.environ, "CATWALK_CACHE_DIR": str(tmp_path / "cache")}
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_what_can_be_streamed_leaves_standard_error_empty(
    tmp_path: Path, option: list[str]
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, parts.pictures(5))
    done = run(tmp_path, path, *option)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    if option:
        assert json.loads(done.stdout)["images"] == 5


@pytest.mark.parametrize("name", ["absent.pkl", "two\nlines\x1b[2J.npz", "data.txt", "a.pkl"])
def test_what_cannot_be_streamed_is_one_line_and_exit_code_5(tmp_path: Path, name: str) -> None:
    (tmp_path / "data.txt").write_text("images\n", encoding="utf-8")
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04c\x1b[2J\nx\n.")
    done = run(tmp_path, tmp_path / name, "--json")
    assert done.returncode == 5
    assert done.stderr.count("\n") == 1 and done.stderr.strip().isprintable()
    failed = json.loads(done.stderr)
    assert failed["event"] == "failed"
    assert done.stdout.count("\n") == 1 and done.stdout.strip().isprintable()
    refused = json.loads(done.stdout)
    assert refused["verdict"] == "refused"
    assert refused["error"]["code"] == failed["code"]
    assert refused["error"]["exit_code"] == 5


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "images", "shape", "classes"),
    [
        ("fashion-mnist", 60_000, [28, 28, 1], 10),
        ("mnist", 60_000, [28, 28, 1], 10),
        ("vehicles", 1_800, [100, 100, 3], 6),
        ("products", 700, [None, None, 3], 10),
    ],
)
def test_it_knows_what_is_in_real_data(
    real_data_dir: Path, name: str, images: int, shape: list[int | None], classes: int
) -> None:
    done = run(Path(os.environ["XDG_CACHE_HOME"]), real_data_dir / name, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["verdict"] == "ok"
    assert (told["images"], told["labels"]) == (images, images)
    assert [told["height"], told["width"], told["channels"]] == shape
    assert len(told["class_balance"]) == classes
    assert told["command"] == f"producer serve --dataset {real_data_dir / name}"
