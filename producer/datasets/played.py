"""Find the data set that a session of the ledger has played."""

from __future__ import annotations

from pathlib import Path

from producer.datasets.resolve import AUTO, ResolvedDataset, resolve
from shared.errors import DataError, DownloadError
from shared.intake.catalog import is_file


def played_dataset(
    dataset: str,
    *,
    name: str,
    digest: str | None = None,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
) -> ResolvedDataset | None:
    """Load the data set of a session: the one that was given, otherwise its own.

    Args:
        dataset: which one to load, as for ``resolve``; "auto" for the session's own, where that is
            no file and already here.
        name: what the session calls its data set.
        digest: what the data set that is given must have; None where it may be another.
        data_dir: a folder of the user with IDX files.
        cache_dir: the folder for downloads; None for the default one.

    Returns:
        None where none was given and the session's own is not at hand.

    Raises:
        DataError: the one that was given is not the session's, or cannot be read.
        DownloadError: it is to be downloaded and cannot be.
    """
    if dataset == AUTO:
        return _own(name, data_dir, cache_dir)
    found = resolve(dataset, data_dir=data_dir, cache_dir=cache_dir)
    got = found.images.digest()
    if digest not in (None, got):
        raise DataError(
            "another data set",
            where=dataset,
            expected=f"{name} with digest {digest}",
            got=got,
        )
    return found


def _own(name: str, data_dir: Path | None, cache_dir: Path | None) -> ResolvedDataset | None:
    if is_file(name):
        return None
    try:
        return resolve(name, data_dir=data_dir, cache_dir=cache_dir, download=False)
    except DownloadError:
        return None
