"""Fill in what is generated of docs/inspect.md, or check that it is not stale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from consumer.metadata.describe import describe_image, unreadable
from consumer.metadata.model import ChannelStatistics, Exif, ImageMetadata, UnreadableImage
from consumer.metadata.thresholds import Thresholds
from consumer.metadata.writing import entry_text
from shared.errors import DataError
from tools import example_images
from tools.parts import Parts, write_or_check

DEFAULT = Path("docs/inspect.md")
COMMAND = "python -m tools.inspect_page"


def example(name: str, data: bytes) -> str:
    """An image's entry, or why it has none, as a block of JSON."""
    try:
        text = entry_text(describe_image(data, name))
    except DataError as error:
        text = entry_text(unreadable(name, error, data))
    return f"```json\n{text}\n```\n"


def fields(*models: type[BaseModel]) -> str:
    """A table of what each field of some models means."""
    lines = ["| field | what |", "| --- | --- |"]
    for model in models:
        lines += [
            f"| `{name}` | {field.description} |" for name, field in model.model_fields.items()
        ]
    return "\n".join(lines) + "\n"


def defaults() -> str:
    """A table of the default thresholds."""
    lines = ["| threshold | default | flag |", "| --- | --- | --- |"]
    for name, field in Thresholds.model_fields.items():
        if isinstance(field.default, float):
            lines.append(f"| `{name}` | {field.default:g} | {field.description} |")
    return "\n".join(lines) + "\n"


PARTS: Parts = {
    "frame": lambda: example("frame.png", example_images.gray_frame()),
    "photograph": lambda: example("photograph.jpg", example_images.turned_photograph()),
    "scan": lambda: example("scan.png", example_images.deep_scan()),
    "cut": lambda: example("download.jpg", example_images.cut_download()),
    "fields": lambda: fields(ImageMetadata),
    "channel-fields": lambda: fields(ChannelStatistics),
    "exif-fields": lambda: fields(Exif),
    "error-fields": lambda: fields(UnreadableImage),
    "thresholds": defaults,
}


def main(
    page: Annotated[Path, typer.Option(help="The page to fill or to check.")] = DEFAULT,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
) -> None:
    """Fill in the generated parts of the page on image metadata, or check them."""
    write_or_check(page, PARTS, check=check, command=COMMAND)


if __name__ == "__main__":
    typer.run(main)
