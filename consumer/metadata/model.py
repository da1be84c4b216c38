"""The JSON of ``consumer inspect`` as pydantic models; its JSON Schema is made from them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from consumer.metadata.thresholds import Flag, Thresholds

VERSION: Literal["catwalk-image-metadata-1"] = "catwalk-image-metadata-1"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Channel = Literal["gray", "red", "green", "blue", "alpha"]
ColourModel = Literal["gray", "gray-alpha", "rgb", "rgba", "palette", "cmyk", "other"]
Share = Annotated[float, Field(ge=0, le=1)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChannelStatistics(_Value):
    """One channel of the decoded pixels, before any of them is reduced to 8 bits."""

    channel: Channel = Field(description="Its name.")
    min: int = Field(description="Least value, 0..255, or 0..65535 where dtype is uint16.")
    max: int = Field(description="Greatest value, in the same unit.")
    mean: float = Field(description="Mean, in the same unit.")
    deviation: float = Field(description="Standard deviation, in the same unit.")


class Colour(_Value):
    """One of the dominant colours."""

    rgb: str = Field(description="#rrggbb, hexadecimal.", pattern="^#[0-9a-f]{6}$")
    share: Share = Field(description="Of the pixels that were looked at, 0..1.")


class Position(_Value):
    """Where a camera says that it was."""

    latitude: float = Field(description="Degrees, north positive.", ge=-90, le=90)
    longitude: float = Field(description="Degrees, east positive.", ge=-180, le=180)


class Exif(_Value):
    """What the camera says of the photograph; null where it says nothing."""

    make: str | None = Field(description="The camera's maker.")
    model: str | None = Field(description="The camera.")
    taken: str | None = Field(description="When: local time, ISO 8601 where it can be read.")
    exposure_s: float | None = Field(description="Exposure time in seconds.")
    f_number: float | None = Field(description="Focal length by aperture, no unit.")
    iso: int | None = Field(description="Sensitivity, ISO 12232.")
    focal_length_mm: float | None = Field(description="Focal length in millimetres.")
    position: Position | None = Field(description="GPS position.")


class Located(_Value):
    """Which file an entry is about."""

    file_name: str = Field(description="Last part of the path.")
    path: str = Field(description="As given or found. Bytes that are no UTF-8 stand as \\xNN.")
    path_bytes: str | None = Field(
        description="The path's bytes, hexadecimal, where they are no UTF-8; otherwise null."
    )


class ImageMetadata(Located):
    """One image."""

    bytes: int = Field(description="Size of the file in bytes.")
    format: str = Field(description="By content: BMP, GIF, JPEG, JPEG2000, PNG, PPM, TIFF, WEBP.")
    mime: str = Field(description="Media type by content.")
    suffix_agrees: bool = Field(description="Whether the name ends as this format's names do.")
    width: int = Field(description="Pixels of a row as stored, before the orientation.", ge=1)
    height: int = Field(description="Rows as stored, before the orientation.", ge=1)
    upright_width: int = Field(description="Width in pixels when the orientation is followed.")
    upright_height: int = Field(description="Height in pixels when the orientation is followed.")
    channels: int = Field(
        description="Values that the file stores a pixel: gray 1, gray with alpha 2, RGB 3, "
        "RGBA 4, CMYK 4, palette 1 (the index).",
        ge=1,
    )
    bit_depth: int = Field(description="Bits of one stored value (of a palette: of its index).")
    dtype: Literal["uint8", "uint16"] = Field(
        description="Of the decoded pixels; channel_statistics are in its range."
    )
    colour_model: ColourModel = Field(description="What the stored values mean.")
    orientation: int = Field(description="EXIF orientation; 1 where none is said.", ge=1, le=8)
    orientation_words: str = Field(description="What to do to the stored pixels to see them.")
    frames: int = Field(description="Pictures in the file; more than 1: animated or several pages.")
    exif: Exif | None = Field(description="Null where the file has none of it.")
    sha256: str = Field(description="Of the whole file, hexadecimal.", pattern="^[0-9a-f]{64}$")
    perceptual_hash: str = Field(
        description="64 bits, hexadecimal; similar pictures differ in few bits. Upright.",
        pattern="^[0-9a-f]{16}$",
    )
    channel_statistics: tuple[ChannelStatistics, ...] = Field(
        description="Of the first picture's decoded pixels: gray or red, green, blue, and alpha "
        "where there is one. A palette and CMYK are decoded to colours; fewer than 8 bits are "
        "spread over 0..255."
    )
    brightness: float = Field(description="Mean of luma (Rec. 601), 0..255.")
    contrast: float = Field(description="Standard deviation of luma, 0..127.5.")
    sharpness: float = Field(description="Variance of the Laplacian of luma, 0 or more.")
    entropy: float = Field(description="Of the histogram of luma, 0..8 bits.")
    saturation: Share = Field(description="Mean saturation (HSV), 0..1; 0 for gray.")
    clipped_dark: Share = Field(description="Share of pixels whose luma is 0, 0..1.")
    clipped_bright: Share = Field(description="Share of pixels whose luma is 255, 0..1.")
    dominant_colours: tuple[Colour, ...] = Field(
        description="At most five, the largest share first: k-means on at most 32 x 32 pixels."
    )
    flags: tuple[Flag, ...] = Field(description="What is beyond a threshold.")
    thresholds: Thresholds = Field(description="What the flags were judged by.")
    warnings: tuple[str, ...] = Field(description="Remarks of the decoder, and what was guessed.")


class Fault(_Value):
    """Why a file has no metadata."""

    code: str = Field(description="bad-data: the file; worker-failed: reading it ended a process.")
    what: str = Field(description="What is wrong.")
    expected: str | None = Field(description="What would have been right.")
    got: str | None = Field(description="What was there instead.")


class UnreadableImage(Located):
    """One file that could not be read or decoded."""

    bytes: int | None = Field(description="Size of the file in bytes, where it could be read.")
    sha256: str | None = Field(description="Of the whole file, where it could be read.")
    error: Fault = Field(description="Why there is no more to say.")


class Summary(_Value):
    """How many of each."""

    images: int = Field(description="Entries of the document.")
    described: int = Field(description="Entries with metadata.")
    unreadable: int = Field(description="Entries with an error; above 0 the exit code is 1.")
    flagged: dict[Flag, int] = Field(description="How many images have each flag.")
    passed_over: int = Field(
        description="Files of the folders that neither end nor begin like images, without entry."
    )


class MetadataDocument(_Value):
    """What ``consumer inspect`` writes: one entry an image, in the order given.

    A file of ``--per-image`` is one entry alone: ``entry_schema``.
    """

    document: Literal["catwalk-image-metadata-1"] = Field(description="Which document this is.")
    thresholds: Thresholds = Field(description="What all flags were judged by.")
    images: tuple[ImageMetadata | UnreadableImage, ...] = Field(description="In the order given.")
    summary: Summary


Entry = ImageMetadata | UnreadableImage
ENTRY: TypeAdapter[Entry] = TypeAdapter(ImageMetadata | UnreadableImage)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the document; ``$defs`` has that of each part."""
    return {"$schema": DIALECT, **MetadataDocument.model_json_schema()}


def entry_schema() -> dict[str, Any]:
    """The JSON Schema of one entry: of a file of ``--per-image``."""
    head = {"title": "Entry", "description": "One image: its metadata, or why there is none."}
    return {"$schema": DIALECT, **head, **ENTRY.json_schema()}
