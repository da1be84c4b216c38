"""Load an image set from a file or folder of the user."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from producer.datasets.places import default_cache_dir
from producer.intake.load import load
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits

log = structlog.get_logger()


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
