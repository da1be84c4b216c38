"""Load the named data sets from a folder of the user, the cache, or the official addresses."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from producer.datasets.download import TIMEOUT_S, fetch
from shared.errors import DataError, DownloadError
from shared.intake.catalog import NamedDataset, named_dataset
from shared.intake.idx import MAX_IDX_BYTES, decode_idx, encode_idx
from shared.intake.imageset import ImageSet


def load_named(
    name: str,
    split: str,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    download: bool = True,
    timeout: float = TIMEOUT_S,
) -> ImageSet:
    """Load one split of a named data set, its checksums verified.

    Each file is taken from ``data_dir/name``, ``data_dir`` or ``cache_dir/name``, compressed or
    not, and else downloaded into the cache. Because a file may have been compressed again, it is
    its decompressed content that must have the published checksum.

    Args:
        name: a name of the catalog, such as "fashion-mnist".
        split: "train" or "test".
        data_dir: a folder of the user with the published files, or None.
        cache_dir: the folder that downloads are kept in.
        download: whether to fetch what is in none of the folders.
        timeout: seconds that a download waits for the network.

    Raises:
        DataError: unknown name or split, a folder that is not there, or a file that is damaged or
            has another checksum.
        DownloadError: a file is in none of the folders, and cannot or must not be downloaded.
    """
    dataset = named_dataset(name)
    parts = dataset.split(split)
    _check_folder(data_dir)
    shelves = _Shelves(dataset, data_dir, cache_dir / name, download, timeout)
    images = shelves.load(parts.images, parts.images_md5, parts.images_raw_md5)
    labels = shelves.load(parts.labels, parts.labels_md5, parts.labels_raw_md5)
    return ImageSet(images, labels.astype(np.int64), dataset.classes, f"{name}:{split}")


def _check_folder(data_dir: Path | None) -> None:
    if data_dir is not None and not os.path.isdir(data_dir):
        raise DataError("no such folder", where=data_dir, expected="a folder with IDX files")


@dataclass(frozen=True, slots=True)
class _Shelves:
    """Where the files of one data set may be."""

    dataset: NamedDataset
    data_dir: Path | None
    cache: Path
    download: bool
    timeout: float

    def load(self, file: str, md5: str, raw_md5: str) -> NDArray[np.uint8]:
        """Find, read and verify one file."""
        path = _find(file, self._own_folders())
        if path is None and self.download:
            path = fetch(file, md5, self.dataset.addresses, self.cache, timeout=self.timeout)
        path = path or _find(file, [self.cache])
        if path is None:
            places = ", ".join(str(folder) for folder in (*self._own_folders(), self.cache))
            raise DownloadError(f"{file} not found, and downloading is off", where=places)
        return _read(path, md5, raw_md5)

    def _own_folders(self) -> list[Path]:
        """The user's folders, that with the set's name first: the sets share their file names."""
        return [self.data_dir / self.dataset.name, self.data_dir] if self.data_dir else []


def _find(file: str, folders: list[Path]) -> Path | None:
    names = (file, file.removesuffix(".gz"))
    return next(
        (folder / name for folder in folders for name in names if os.path.isfile(folder / name)),
        None,
    )


def _read(path: Path, md5: str, raw_md5: str) -> NDArray[np.uint8]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_IDX_BYTES)
    except OSError as error:
        raise DataError("cannot read the file", at=path, got=error.strerror) from error
    array = decode_idx(data, where=str(path))
    if _md5(data) not in (md5, raw_md5) and _md5(encode_idx(array)) != raw_md5:
        expected = f"MD5 {md5}, or {raw_md5} decompressed"
        raise DataError("wrong checksum", where=path, expected=expected, got=_md5(data))
    return array


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
