"""The tool that writes the JSON Schemas in docs/, and the files that are committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs

from consumer.metadata.model import entry_schema, json_schema
from tools.image_schema import main

COMMITTED = Path(__file__).parent.parent / "docs"
DOCUMENT, ENTRY = "image-metadata.schema.json", "image-entry.schema.json"


def test_the_committed_files_are_not_stale() -> None:
    with capture_logs() as lines:
        main(COMMITTED, check=True)
    assert [line["event"] for line in lines] == ["image-schema-current"] * 2


def test_what_is_written_are_the_schemas_and_is_current(tmp_path: Path) -> None:
    with capture_logs() as lines:
        main(tmp_path)
        main(tmp_path, check=True)
    assert json.loads((tmp_path / DOCUMENT).read_bytes()) == json_schema()
    assert json.loads((tmp_path / ENTRY).read_bytes()) == entry_schema()
    written, current = ["image-schema-written"] * 2, ["image-schema-current"] * 2
    assert [line["event"] for line in lines] == written + current


@pytest.mark.parametrize("name", [DOCUMENT, ENTRY])
@pytest.mark.parametrize("content", [None, "{}"])
def test_a_stale_or_missing_file_is_one_clear_line(
    tmp_path: Path, name: str, content: str | None
) -> None:
    main(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with capture_logs() as lines, pytest.raises(typer.Exit) as caught:
        main(tmp_path, check=True)
    assert caught.value.exit_code == 1
    stale = [line["file"] for line in lines if line["event"] == "image-schema-stale"]
    assert stale == [str(tmp_path / name)]
