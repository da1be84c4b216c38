"""run_command: one line and a documented exit code, whatever ended the command."""

from __future__ import annotations

import json
import os
import sys

import pytest
import structlog
import typer
from structlog.testing import capture_logs

from shared.command import CRASHED, INTERRUPTED, run_command
from shared.errors import DataError, PeerError, SettingsError


class Ending(typer.Typer):
    """An application that ends as it is told."""

    def __init__(self, ending: BaseException | None) -> None:
        super().__init__()
        self._ending = ending

    def __call__(self, *_args: object, **_options: object) -> None:
        """End."""
        if self._ending is not None:
            raise self._ending


def _exit_code(ending: BaseException | None) -> object:
    with pytest.raises(SystemExit) as caught:
        run_command(Ending(ending))
    return caught.value.code


@pytest.mark.parametrize(
    ("ending", "code"),
    [(None, 0), (SystemExit(2), 2)],
    ids=["well", "usage"],
)
def test_an_ending_without_a_failure_logs_nothing(ending: BaseException | None, code: int) -> None:
    with capture_logs() as lines:
        assert _exit_code(ending) == code
    assert not lines


def test_an_interrupt_is_one_line_and_its_exit_code() -> None:
    structlog.configure()
    with capture_logs() as lines:
        assert _exit_code(KeyboardInterrupt()) == INTERRUPTED
    assert lines == [{"event": "interrupted", "log_level": "warning"}]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("wrong value of fps", got=-1), 2),
        (PeerError("the producer left"), 4),
        (DataError("truncated", where="a.pickle", expected=3, got=2), 5),
    ],
)
def test_a_named_failure_is_one_line_and_its_exit_code(
    error: SettingsError | PeerError | DataError, code: int
) -> None:
    structlog.configure()
    with capture_logs() as lines:
        assert _exit_code(error) == code
    assert lines == [
        {"event": "failed", "log_level": "error", "code": error.code, "reason": str(error)}
    ]


def test_a_failure_before_logging_is_configured_is_written_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _exit_code(DataError("truncated", where="a.pickle")) == 5
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["code"], line["reason"]) == (
        "failed",
        "bad-data",
        "truncated in a.pickle",
    )


def test_an_unnamed_fault_of_ours_is_one_line_with_its_traceback_and_a_code_of_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _exit_code(ZeroDivisionError("by zero")) == CRASHED
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("crashed", "error")
    assert line["cause"] == "ZeroDivisionError('by zero')"
    assert "Traceback" in line["exception"]
    assert CRASHED not in (1, INTERRUPTED)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--kind", "well"], 0), (["--kind", "data"], 5), (["--none"], 2), (["--kind", "stop"], 130)],
)
def test_a_real_application_ends_with_these_codes(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(kind: str = typer.Option()) -> None:
        if kind == "data":
            raise DataError("truncated")
        if kind == "stop":
            raise KeyboardInterrupt

    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    monkeypatch.setattr(sys, "argv", ["command", *arguments])
    with pytest.raises(SystemExit) as caught:
        run_command(app)
    assert caught.value.code == code


def test_closed_streams_are_opened_so_that_no_file_gets_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = os.dup(0)
    os.close(0)
    monkeypatch.setattr(sys, "stderr", None)
    try:
        assert _exit_code(DataError("truncated")) == 5
        assert os.path.samestat(os.fstat(0), os.stat(os.devnull))
        assert os.get_inheritable(0)
    finally:
        os.dup2(kept, 0)
        os.close(kept)
