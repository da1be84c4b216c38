"""main runs the command ``producer`` and ends the process with its exit code."""

from __future__ import annotations

import pytest

from producer.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [(["--help"], 0, "Play an image data set"), (["serve", "--help"], 0, "--session-port")],
)
def test_help_ends_with_zero(
    arguments: list[str],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["producer", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert words in capsys.readouterr().out


def test_a_wrong_setting_ends_with_two_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["producer", "serve", "--window", "0"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
