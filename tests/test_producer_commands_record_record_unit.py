"""The command ``producer record``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from databases import execute
from recorded_ledger import IMAGES, Kept
from recording_parts import SESSION
from structlog.testing import capture_logs
from typer.testing import CliRunner

from producer.commands_record import record
from producer.datasets.create import write_dataset
from producer.datasets.resolve import ResolvedDataset
from shared.errors import DataError, SettingsError, StoreError
from shared.recording.reader import read_recording


def run(*arguments: object) -> Any:
    """Run the command as from a shell."""
    app = typer.Typer()
    app.command()(record)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_session_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    kept, pickle, file = Kept(tmp_path), tmp_path / "a.pickle", tmp_path / "a.session"
    asyncio.run(kept.write(10))
    write_dataset(IMAGES, pickle)
    options: list[object] = ["--store", kept.url, "--dataset", pickle]
    if by == "environment":
        monkeypatch.setenv("CATWALK_STORE", kept.url)
        monkeypatch.setenv("CATWALK_DATASET", str(pickle))
        options = []
    with capture_logs() as logs:
        assert run(SESSION, file, *options).exit_code == 0
    assert [entry["event"] for entry in logs][-2:] == ["dataset-loaded", "session-recorded"]
    assert len(read_recording(file)) == 10


def test_layout_and_limits_say_how_the_data_set_is_read(tmp_path: Path) -> None:
    kept, path, file = Kept(tmp_path), tmp_path / "a.npz", tmp_path / "a.session"
    asyncio.run(kept.write(10))
    np.savez(path, x_train=IMAGES.stack, x_test=255 - IMAGES.stack)
    options = ["--store", kept.url, "--dataset", path]
    assert "--layout" in str(run(SESSION, file, *options).exception)
    assert run(SESSION, file, *options, "--layout", "train").exit_code == 0
    assert len(read_recording(file)) == 10
    wrong = run(SESSION, tmp_path / "b.session", *options, "--layout", "XX")
    assert isinstance(wrong.exception, SettingsError)


def test_without_a_ledger_nothing_is_made(tmp_path: Path) -> None:
    write_dataset(IMAGES, tmp_path / "a.pickle")
    url = f"sqlite:///{tmp_path}/absent.db"
    file = tmp_path / "a.session"
    result = run(SESSION, file, "--store", url, "--dataset", tmp_path / "a.pickle")
    assert isinstance(result.exception, StoreError)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pickle"]


def test_a_data_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    kept, file = Kept(tmp_path), tmp_path / "a.session"
    asyncio.run(kept.write(10))
    result = run(SESSION, file, "--store", kept.url, "--dataset", tmp_path / "absent.pickle")
    assert isinstance(result.exception, DataError)
    assert not file.exists()


def test_without_a_data_set_it_is_the_sessions_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(dataset: str, *, download: bool, **_: object) -> ResolvedDataset:
        assert not download
        return ResolvedDataset(IMAGES, dataset, "made")

    monkeypatch.setattr("producer.datasets.played.resolve", look)
    kept, file = Kept(tmp_path), tmp_path / "a.session"
    asyncio.run(kept.write(10))
    execute(kept.url, "update sessions set dataset = 'mnist:test'")
    assert run(SESSION, file, "--store", kept.url).exit_code == 0
    assert read_recording(file).about.dataset == "mnist:test"


def test_a_session_of_a_file_asks_for_it(tmp_path: Path) -> None:
    kept, file = Kept(tmp_path), tmp_path / "a.session"
    asyncio.run(kept.write(10))
    result = run(SESSION, file, "--store", kept.url)
    assert isinstance(result.exception, DataError)
    assert str(result.exception) == (
        f"the data set that session {SESSION} played is not at hand: expected test, by --dataset"
    )
    assert not file.exists()


def test_a_file_that_nobody_would_know_as_a_recording_is_refused_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/absent.db"
    result = run(SESSION, tmp_path / "a.rec", "--store", url)
    assert isinstance(result.exception, SettingsError)
    assert "in argument FILE: expected a file that ends in .session" in str(result.exception)


def test_the_module_waits_for_no_database() -> None:
    code = "import sys, producer.commands_record; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
