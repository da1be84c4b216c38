"""``consumer`` as a command."""

from __future__ import annotations

import sys

import pytest

from consumer.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["run", "--nonsense"], 2), (["walk"], 2)]
)
def test_the_process_ends_with_the_commands_exit_code(
    arguments: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["consumer", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
