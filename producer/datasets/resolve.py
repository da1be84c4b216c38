"""Find what a user names: a file or folder, a recording, a named data set, the built-in frames."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from producer.datasets.builtin import builtin_frames
from producer.datasets.download import TIMEOUT_S
from producer.datasets.files import check_layout, load_file, user_path
from producer.datasets.named import load_named
from shared.errors import DataError, DownloadError
from shared.intake.catalog import BUILTIN, CATALOG, named_dataset
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.places import default_cache_dir
from shared.recording.name import is_recording

if TYPE_CHECKING:
    from shared.recording.recording import Recording

AUTO = "auto"
BUILTIN_COUNT = 1_000
AUTO_TIMEOUT_S = 2.0
_AUTO_NAME = "fashion-mnist"
_AUTO_SPLIT = "test"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ResolvedDataset:
    """A data set that was found.

    Args:
        images: what it holds.
        name: what to call it: a file name, "fashion-mnist:test", or "builtin".
        origin: where it came from and, for "auto", why, in words.
        recording: the session that it is a recording of, if it is one.
    """

    images: ImageSet
    name: str
    origin: str
    recording: Recording | None = None


def resolve(
    dataset: str,
    *,
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    download: bool = True,
    seed: int = 0,
    builtin_count: int = BUILTIN_COUNT,
    layout: str | None = None,
    limits: Limits = Limits(),
) -> ResolvedDataset:
    """Load the data set that ``dataset`` names, and log which it is.

    Args:
        dataset: "auto" for the test split of Fashion-MNIST where it is there or can be
            downloaded, else the built-in frames; "builtin"; a name of the catalog with or without
            ":train" or ":test" (the default); or the path of a file or folder, of any kind that
            ``producer.intake`` reads, or, where it ends in ".session", of a recording.
        data_dir: a folder of the user with IDX files.
        cache_dir: the folder for downloads; None for the default one.
        download: whether anything may be downloaded.
        seed: of the built-in frames.
        builtin_count: how many built-in frames to draw.
        layout: what the user says about the layout of a file where it is ambiguous.
        limits: how much of a file is read, and how long.

    Raises:
        DataError: nothing is called so, or what is called so is damaged. "auto" does not fall
            back from a damaged file, only from a missing one.
        DownloadError: a named data set is neither here nor to be had.
        SettingsError: ``layout`` has none of the known forms.
        StoreError: neither the cache nor a temporary folder can be written.
    """
    is_file = dataset not in (AUTO, BUILTIN) and dataset.partition(":")[0] not in CATALOG
    if not is_file:
        check_layout(dataset, layout, is_file=False)
    request = _Request(
        data_dir=data_dir,
        cache_dir=cache_dir or default_cache_dir(os.environ),
        download=download,
        seed=seed,
        builtin_count=builtin_count,
        layout=layout,
        limits=limits,
    )
    if is_file:
        resolved = _file(dataset, request)
    elif dataset == AUTO:
        resolved = _auto(request)
    elif dataset == BUILTIN:
        resolved = _builtin(request, "built-in frames, as asked")
    else:
        name, _, split = dataset.partition(":")
        resolved = _named(name, split or _AUTO_SPLIT, request, TIMEOUT_S)
    log.info(
        "dataset-loaded",
        dataset=resolved.name,
        origin=resolved.origin,
        images=len(resolved.images),
    )
    return resolved


@dataclass(frozen=True, slots=True)
class _Request:
    data_dir: Path | None
    cache_dir: Path
    download: bool
    seed: int
    builtin_count: int
    layout: str | None
    limits: Limits


def _auto(request: _Request) -> ResolvedDataset:
    try:
        return _named(_AUTO_NAME, _AUTO_SPLIT, request, AUTO_TIMEOUT_S)
    except DownloadError as error:
        log.info("dataset-unavailable", dataset=f"{_AUTO_NAME}:{_AUTO_SPLIT}", reason=str(error))
        title = named_dataset(_AUTO_NAME).title
        return _builtin(
            request, f"built-in frames, because {title} is neither here nor to be downloaded"
        )


def _named(name: str, split: str, request: _Request, timeout: float) -> ResolvedDataset:
    images = load_named(
        name,
        split,
        data_dir=request.data_dir,
        cache_dir=request.cache_dir,
        download=request.download,
        timeout=timeout,
    )
    return ResolvedDataset(images, f"{name}:{split}", f"{named_dataset(name).title}, {split} split")


def _builtin(request: _Request, origin: str) -> ResolvedDataset:
    images = builtin_frames(request.builtin_count, seed=request.seed)
    return ResolvedDataset(images, BUILTIN, origin)


def _file(dataset: str, request: _Request) -> ResolvedDataset:
    path = user_path(dataset)
    if not dataset or (not os.path.exists(path) and not path.suffix):
        expected = ", ".join((AUTO, BUILTIN, *CATALOG, "or the path of a file or folder"))
        raise DataError("unknown data set", expected=expected, got=repr(dataset))
    check_layout(path, request.layout)
    if is_recording(path) and not os.path.isdir(path):
        return _recorded(path)
    images = load_file(
        path, layout=request.layout, cache_dir=request.cache_dir, limits=request.limits
    )
    kind = "folder" if os.path.isdir(path) else "file"
    return ResolvedDataset(images, path.absolute().name, f"{kind} {path}")


def _recorded(path: Path) -> ResolvedDataset:
    # Imported here because most data sets are none, and a producer has to be back soon.
    from shared.recording.reader import read_recording

    recording = read_recording(path)
    about = recording.about
    origin = f"file {path}, a recording of session {about.session} with {about.dataset}"
    return ResolvedDataset(recording.image_set(), path.name, origin, recording)
