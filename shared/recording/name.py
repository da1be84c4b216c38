"""What the file of a recording is called: by its ending it is known as one."""

from __future__ import annotations

from pathlib import Path

from shared.errors import SettingsError

SUFFIX = ".session"


def is_recording(path: Path) -> bool:
    """Whether a file of this name is read as a recording."""
    return path.suffix.lower() == SUFFIX


def check_name(path: Path, where: str) -> Path:
    """Give back a path that a recording can be written to.

    Args:
        path: the file.
        where: the option or argument that names it.

    Raises:
        SettingsError: nobody would know the file as a recording.
    """
    if not is_recording(path):
        raise SettingsError(
            "not the name of a recording",
            where=where,
            expected=f"a file that ends in {SUFFIX}",
            got=repr(str(path)),
        )
    return path
