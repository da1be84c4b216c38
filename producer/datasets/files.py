"""Load an image set from a file of the user."""

from __future__ import annotations

import stat
from pathlib import Path

from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.pickles import load_pickle
from shared.recording.name import SUFFIX

PICKLE_SUFFIXES = (".pickle", ".pkl")
_BINARY_PICKLE = b"\x80"


def load_file(path: Path) -> ImageSet:
    """Load an image set from a pickle, running nothing that is in it.

    A file counts as a pickle by its suffix, ``.pickle`` or ``.pkl``, or by its first byte.

    Raises:
        DataError: the file is missing, unreadable, of another type, or not a usable image set.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError("not a file", where=path, expected="a pickle with images")
        with path.open("rb") as stream:
            _check_type(path, stream.read(1))
            stream.seek(0)
            return load_pickle(stream, where=str(path))
    except (FileNotFoundError, NotADirectoryError):
        raise DataError("no such file", at=path, expected="a pickle with images") from None
    except OSError as error:
        raise DataError("cannot read the file", at=path, got=error.strerror) from error


def _check_type(path: Path, start: bytes) -> None:
    if path.suffix.lower() not in PICKLE_SUFFIXES and start != _BINARY_PICKLE:
        expected = f"{', '.join(PICKLE_SUFFIXES)} or {SUFFIX}"
        got = f"{path.suffix!r}" if path.suffix else "no suffix"
        raise DataError("unsupported file type", where=path, expected=expected, got=got)
