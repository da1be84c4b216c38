"""Reads a labelled pickle for the commands that score or calibrate a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError, PickleRefused
from shared.imaging.decode import decode_image
from shared.intake.imageset import ImageSet
from shared.intake.pickles import NO_PICKLE, load_pickle

_CONVERT = "this reads pickles; make one: producer dataset convert FILE --output FILE.pkl"


def read_pickle(path: Path, layout: str | None = None) -> ImageSet:
    """Read a pickled data set in this process, by the closed machine and under its budgets.

    Args:
        path: the pickle.
        layout: what the user says where it can be seen in two ways.

    Raises:
        DataError: a file that is missing, no pickle, or cannot be used.
        SettingsError: ``layout`` has none of the known forms.
    """
    try:
        with path.open("rb") as stream:
            return load_pickle(stream, where=str(path), layout=layout, decode=_decode)
    except OSError as error:
        raise DataError(
            "cannot read the data", at=path, expected="a file", got=error.strerror
        ) from error
    except PickleRefused as no:
        if no.what != NO_PICKLE:
            raise
        raise PickleRefused(
            no.what, where=no.where, offset=0, expected=no.expected, got=no.got, hint=_CONVERT
        ) from no


def _decode(data: bytes, where: str) -> NDArray[np.uint8]:
    return decode_image(bytes(data), where=where)
