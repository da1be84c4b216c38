"""The command ``producer record``."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from recorded_ledger import IMAGES, Kept
from recording_parts import SESSION
from structlog.testing import capture_logs
from typer.testing import CliRunner

from producer.commands_record import record
from producer.datasets.create import write_pickle
from shared.errors import DataError, StoreError
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
    write_pickle(IMAGES, pickle)
    options: list[object] = ["--store", kept.url, "--dataset", pickle]
    if by == "environment":
        monkeypatch.setenv("CATWALK_STORE", kept.url)
        monkeypatch.setenv("CATWALK_DATASET", str(pickle))
        options = []
    with capture_logs() as logs:
        assert run(SESSION, file, *options).exit_code == 0
    assert [entry["event"] for entry in logs] == ["dataset-loaded", "session-recorded"]
    assert len(read_recording(file)) == 10


def test_without_a_ledger_nothing_is_made(tmp_path: Path) -> None:
    write_pickle(IMAGES, tmp_path / "a.pickle")
    url = f"sqlite:///{tmp_path}/absent.db"
    file = tmp_path / "a.session"
    result = run(SESSION, file, "--store", url, "--dataset", tmp_path / "a.pickle")
    assert isinstance(result.exception, StoreError)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pickle"]


def test_a_data_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    result = run(SESSION, tmp_path / "a.session", "--dataset", tmp_path / "absent.pickle")
    assert isinstance(result.exception, DataError)


def test_the_module_waits_for_no_database() -> None:
    code = "import sys, producer.commands_record; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
