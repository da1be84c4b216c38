"""The JSON Schema of one entry: what it takes is what ``--per-image`` writes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
from image_samples import encoded, picture
from typer.testing import CliRunner

from consumer.cli import app
from consumer.metadata.model import DIALECT, entry_schema

PUBLISHED = Path(__file__).parent.parent / "docs" / "image-entry.schema.json"


def test_files_of_images_are_valid_and_the_document_is_not(tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(encoded(picture(), "PNG"))
    (tmp_path / "bad.png").write_bytes(b"<html>")
    each = tmp_path / "each"
    result = CliRunner().invoke(app, ["inspect", str(tmp_path), "--per-image", str(each)])
    validator = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_bytes()))
    files = sorted(each.iterdir())
    assert [file.name for file in files] == ["bad.json", "good.json"]
    for file in files:
        validator.validate(json.loads(file.read_bytes()))
    assert not validator.is_valid(json.loads(result.stdout))


def test_it_is_a_schema_of_the_stated_dialect() -> None:
    schema = entry_schema()
    assert schema["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(schema)
