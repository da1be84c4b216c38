"""The tool that writes docs/asyncapi.yaml, and the file that is committed."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
import yaml
from structlog.testing import capture_logs

from shared.asyncapi import asyncapi_document
from tools.asyncapi import main, render

COMMITTED = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"


def test_the_committed_file_is_not_stale() -> None:
    with capture_logs() as lines:
        main(COMMITTED, check=True)
    assert [line["event"] for line in lines] == ["asyncapi-current"]


def test_what_is_written_is_the_document_and_is_current(tmp_path: Path) -> None:
    output = tmp_path / "asyncapi.yaml"
    with capture_logs() as lines:
        main(output)
        main(output, check=True)
    assert yaml.safe_load(output.read_text(encoding="utf-8")) == asyncapi_document()
    assert [line["event"] for line in lines] == ["asyncapi-written", "asyncapi-current"]
    assert lines[0]["bytes"] == output.stat().st_size


@pytest.mark.parametrize("content", [None, "", "asyncapi: 3.0.0\n"])
def test_a_stale_or_missing_file_is_one_clear_line(tmp_path: Path, content: str | None) -> None:
    output = tmp_path / "asyncapi.yaml"
    if content is not None:
        output.write_text(content, encoding="utf-8")
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(output, check=True)
    assert caught.value.exit_code == 1
    assert lines == [
        {
            "event": "asyncapi-stale",
            "log_level": "error",
            "file": str(output),
            "remedy": "python -m tools.asyncapi",
        }
    ]
    assert (output.read_text(encoding="utf-8") if output.exists() else None) == content


def test_text_of_several_lines_is_a_block_and_keys_are_sorted() -> None:
    shared = ["x"]
    text = render({"b": "one\ntwo", "a": {"d": shared, "c": shared}})
    assert text.splitlines()[1:] == [
        "a:",
        "  c:",
        "  - x",
        "  d:",
        "  - x",
        "b: |-",
        "  one",
        "  two",
    ]
