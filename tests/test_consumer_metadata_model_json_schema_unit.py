"""The JSON Schema, and that it describes what is written."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from image_samples import deep_png, encoded, picture, turned
from pydantic import BaseModel, ValidationError

from consumer.metadata.describe import describe_image, unreadable
from consumer.metadata.model import (
    DIALECT,
    ChannelStatistics,
    Colour,
    Exif,
    Fault,
    ImageMetadata,
    Located,
    MetadataDocument,
    Position,
    Summary,
    UnreadableImage,
    json_schema,
)
from shared.errors import DataError

MODELS: tuple[type[BaseModel], ...] = (
    ChannelStatistics,
    Colour,
    Exif,
    Fault,
    ImageMetadata,
    Located,
    Position,
    UnreadableImage,
)


def _valid(entry: BaseModel) -> bool:
    schema = {**json_schema(), "$ref": f"#/$defs/{type(entry).__name__}"}
    for key in ("properties", "required", "additionalProperties", "type", "title"):
        schema.pop(key)
    value = json.loads(entry.model_dump_json())
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_it_is_a_schema_of_the_stated_dialect() -> None:
    schema = json_schema()
    assert schema["$schema"] == DIALECT
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("model", [*MODELS, Summary, MetadataDocument])
def test_every_field_says_what_it_is(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        # The summary of a document is described by its own fields.
        assert field.description or name == "summary", name


@pytest.mark.parametrize(
    "data", [encoded(picture("L"), "PNG"), turned("JPEG", 6), deep_png(4)], ids=str
)
def test_entries_are_valid(data: bytes) -> None:
    assert _valid(describe_image(data, "x.png"))
    assert _valid(unreadable("x.png", DataError("odd"), data))


def test_nothing_else_is() -> None:
    entry = describe_image(encoded(picture(), "PNG"), "x.png")
    wrong: dict[str, Any] = {**entry.model_dump(), "extra": 1}
    with pytest.raises(ValidationError):
        ImageMetadata.model_validate(wrong)
    with pytest.raises(ValidationError):
        setattr(entry, "width", 3)
