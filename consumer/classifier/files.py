"""Reading and writing the files of a model."""

from __future__ import annotations

from pathlib import Path

from shared.errors import ModelError, StoreError

MAX_CARD_BYTES = 2**20


def read_file(path: Path, limit: int, *, what: str = "model", hint: str | None = None) -> bytes:
    """The whole file, which may have so many bytes.

    Args:
        path: the file.
        limit: most bytes of it.
        what: what it is, for the error message.
        hint: how to mend that it is missing.

    Raises:
        ModelError: it is missing, unreadable or larger.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise ModelError(
            f"cannot read the {what}", at=path, expected="a file", got=error.strerror, hint=hint
        ) from error
    if len(data) > limit:
        raise ModelError(
            "model file too large", where=path, expected=f"at most {limit:,} bytes", got="more"
        )
    return data


def write_file(path: Path, data: bytes) -> None:
    """Write a file, complete or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise StoreError("cannot write the model", at=path, got=error.strerror) from error
