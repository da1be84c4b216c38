"""Find the data set that a session of the ledger has played."""

from __future__ import annotations

from pathlib import Path

from producer.datasets.resolve import AUTO, ResolvedDataset, resolve
from shared.errors import DataError, DownloadError
from shared.intake.catalog import is_file
from shared.intake.limits import Limits


def played_dataset(
    dataset: str,
    *,
    name: str,
    digest: str | None = None,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    layout: str | None = None,
    limits: Limits = Limits(),
) -> ResolvedDataset | None:
    """Load the data set of a session: the one that was given, otherwise its own.

    Args:
        dataset: which one to load, as for ``resolve``; "auto" for the session's own, where that is
            no file and already here.
        name: what the session calls its data set.
        digest: what the data set that is given must have; None where it may be another.
        data_dir: a folder of the user with IDX files.
        cache_dir: the folder for downloads; None for the default one.
        layout: how the images of a file lie in it, where that is ambiguous.
        limits: how much of a file is read, and how long.

    Returns:
        None where none was given and the session's own is not at hand.

    Raises:
        DataError: the one that was given is not the session's, or cannot be read.
        DownloadError: it is to be downloaded and cannot be.
    """
    if dataset == AUTO:
        return _own(name, data_dir, cache_dir, layout)
    found = resolve(dataset, data_dir=data_dir, cache_dir=cache_dir, layout=layout, limits=limits)
    got = found.images.digest()
    if digest not in (None, got):
        raise DataError(
            "another data set",
            where=dataset,
            expected=f"{name} with digest {digest}",
            got=got,
        )
    return found


def _own(
    name: str, data_dir: Path | None, cache_dir: Path | None, layout: str | None
) -> ResolvedDataset | None:
    if is_file(name):
        return None
    try:
        return resolve(name, data_dir=data_dir, cache_dir=cache_dir, layout=layout, download=False)
    except DownloadError:
        return None
