"""The names of a data set's images: written beside the arrays, read only where they are wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

NAMES = "names.json"
MAX_NAME = 4096
"""Characters of a name that are kept."""
MAX_BYTES = 64 * 2**20
"""Beyond it no names are kept."""


def write_names(folder: Path, names: Sequence[str], max_bytes: int = MAX_BYTES) -> str | None:
    """Write names as a list of JSON, and never hold them together.

    Args:
        folder: where the converted arrays lie.
        names: of the images, in order; at least one.
        max_bytes: what the file may take.

    Returns:
        SHA-256 of the file in hexadecimal; None where the names are too long for it, and no file.

    Raises:
        OSError: the folder cannot be written.
    """
    path, digest, size = folder / NAMES, hashlib.sha256(), 0
    with path.open("wb") as stream:
        for number, name in enumerate(names):
            piece = (", " if number else "[") + json.dumps(name[:MAX_NAME])
            size += len(piece)
            if size >= max_bytes:
                path.unlink()
                return None
            stream.write(data := piece.encode("ascii"))
            digest.update(data)
        stream.write(b"]")
    digest.update(b"]")
    return digest.hexdigest()


def check_names(folder: Path, sha256: str) -> None:
    """Make sure that the names are those that were written, without reading them as such.

    Raises:
        ValueError: they are others.
        OSError: they cannot be read.
    """
    with (folder / NAMES).open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
            raise ValueError("other names")


def read_names(folder: Path, count: int) -> tuple[str, ...]:
    """Read the names of so many images.

    Raises:
        ValueError: they are no names, too long or not so many.
        RecursionError: they are no names.
        OSError: they cannot be read.
    """
    path = folder / NAMES
    if path.stat().st_size > MAX_BYTES:
        raise ValueError("names too long")
    names = json.loads(path.read_bytes())
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("no names")
    if len(names) != count:
        raise ValueError("another number of names")
    return tuple(names)
