"""What is known of a converted data set, beside its arrays."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from producer.intake.formats import Kind
from shared.intake.limits import Limits

VERSION: Literal[3] = 3
"""Counts how files are converted: what another version has converted is converted anew."""

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """Where a data set came from and what was recognised in it.

    Args:
        version: of the conversion.
        source: name of the file or folder; in the cache, of the one that was converted.
        kind: what it was read as.
        layout: what was recognised in it, in words.
        asked_layout: what the user said about the layout, or None.
        bytes: size of the file, or of all files of the folder.
        sha256: of the file; for a folder, of its files' names and their SHA-256.
        count: number of images.
        shape: of the pixels, (N, H, W) or (N, H, W, C); None for images of several sizes.
        classes: names of the classes, by label.
        warnings: what was changed or guessed, in words.
        checksum: XXH3-128 of the converted arrays, as ``writer.checksum`` gives it.
        names_sha256: SHA-256 of the file with the names of the images; None where there is none.
        limits: within which it was converted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[3] = VERSION
    source: str
    kind: Kind
    layout: str
    asked_layout: str | None = None
    bytes: Annotated[int, Field(ge=0)]
    sha256: Digest
    count: Annotated[int, Field(ge=1)]
    shape: tuple[int, ...] | None = None
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    checksum: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    names_sha256: Digest | None = None
    limits: Limits = Limits()
