"""The tool that writes docs/image-metadata.schema.json, and the file that is committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from consumer.metadata.model import json_schema
from tools.image_schema import main

COMMITTED = Path(__file__).parent.parent / "docs" / "image-metadata.schema.json"


def test_the_committed_file_is_not_stale() -> None:
    with capture_logs() as lines:
        main(COMMITTED, check=True)
    assert [line["event"] for line in lines] == ["image-schema-current"]


def test_what_is_written_is_the_schema_and_is_current(tmp_path: Path) -> None:
    output = tmp_path / "x.json"
    with capture_logs() as lines:
        main(output)
        main(output, check=True)
    assert json.loads(output.read_bytes()) == json_schema()
    assert [line["event"] for line in lines] == ["image-schema-written", "image-schema-current"]


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_stale_or_missing_file_is_one_clear_line(tmp_path: Path, content: str | None) -> None:
    output = tmp_path / "x.json"
    if content is not None:
        output.write_text(content, encoding="utf-8")
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(output, check=True)
    assert caught.value.exit_code == 1
    assert [line["event"] for line in lines] == ["image-schema-stale"]
