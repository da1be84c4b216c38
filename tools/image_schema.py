"""Write docs/image-metadata.schema.json from the pydantic models, or check that it is not stale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import structlog
import typer

from consumer.metadata.model import json_schema

log = structlog.get_logger()

DEFAULT = Path("docs/image-metadata.schema.json")
COMMAND = "python -m tools.image_schema"


def render() -> str:
    """The JSON Schema of ``consumer inspect`` as text; always the same text."""
    return json.dumps(json_schema(), indent=2) + "\n"


def main(
    output: Annotated[Path, typer.Option(help="The file to write or to check.")] = DEFAULT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Write the JSON Schema of image metadata, or check the one that is there."""
    text = render()
    if not check:
        output.write_text(text, encoding="utf-8")
        log.info("image-schema-written", file=str(output), bytes=len(text.encode()))
        return
    if not output.is_file() or output.read_text(encoding="utf-8") != text:
        log.error("image-schema-stale", file=str(output), remedy=COMMAND)
        raise typer.Exit(1)
    log.info("image-schema-current", file=str(output))


if __name__ == "__main__":
    typer.run(main)
