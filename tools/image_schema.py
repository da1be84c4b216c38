"""Write the JSON Schemas of image metadata from the pydantic models, or check those in docs/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import structlog
import typer

from consumer.metadata.model import entry_schema, json_schema

log = structlog.get_logger()

DEFAULT = Path("docs")
SCHEMAS = {
    "image-metadata.schema.json": json_schema,
    "image-entry.schema.json": entry_schema,
}
COMMAND = "python -m tools.image_schema"


def main(
    folder: Annotated[Path, typer.Option(help="Where the files are or go.")] = DEFAULT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Write the JSON Schemas of the document and of one entry, or check those that are there."""
    stale = False
    for name, schema in SCHEMAS.items():
        file = folder / name
        text = json.dumps(schema(), indent=2) + "\n"
        if not check:
            file.write_text(text, encoding="utf-8")
            log.info("image-schema-written", file=str(file), bytes=len(text.encode()))
        elif file.is_file() and file.read_text(encoding="utf-8") == text:
            log.info("image-schema-current", file=str(file))
        else:
            log.error("image-schema-stale", file=str(file), remedy=COMMAND)
            stale = True
    if stale:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
