"""Load an image set from a file or folder of the user."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from producer.intake.load import load
from shared.errors import DataError
from shared.intake.imageset import ImageSet
from shared.intake.layouts.layout import Layout
from shared.intake.limits import Limits
from shared.places import default_cache_dir
from shared.recording.name import is_recording

log = structlog.get_logger()


def user_path(name: str) -> Path:
    """The path that a user calls so; ``~`` and ``~user`` at its beginning are home folders.

    Args:
        name: as it was given; where there is no such user, it is taken as it is.
    """
    path = Path(name)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def check_layout(where: Path | str, layout: str | None, *, is_file: bool = True) -> None:
    """Refuse a layout that is none, or that means nothing here.

    Args:
        where: the path or name of the data set.
        layout: what the user says; None for nothing.
        is_file: whether it is a file or folder, and not a data set with a name.

    Raises:
        SettingsError: it has none of the known forms.
        DataError: the data set is a recording or has a name, so that its layout is known.
    """
    if layout is None:
        return
    Layout.parse(layout)
    if is_file and (not is_recording(Path(where)) or os.path.isdir(where)):
        return
    raise DataError(
        "a layout makes no sense here",
        where=where,
        expected="none for a recording or a data set with a name",
        got=layout,
        hint="leave --layout away",
    )


def load_file(
    path: Path,
    *,
    layout: str | None = None,
    cache_dir: Path | None = None,
    limits: Limits = Limits(),
) -> ImageSet:
    """Load an image set from whatever the user has, and log once what was changed or guessed.

    Args:
        path: a pickle, array, archive, IDX file, video, recording, or folder.
        layout: what the user says about the layout where it is ambiguous, or None.
        cache_dir: the folder for converted data sets; None for the default one.
        limits: how much is read, and how long.

    Raises:
        DataError: it is missing, unreadable, of another type, or not a usable image set.
        StoreError: neither the cache nor a temporary folder can be written.
    """
    cache_dir = cache_dir or default_cache_dir(os.environ)
    loaded = load(path, layout=layout, cache_dir=cache_dir, limits=limits)
    for warning in loaded.manifest.warnings:
        log.warning("dataset-warning", dataset=loaded.manifest.source, warning=warning)
    return loaded.images
