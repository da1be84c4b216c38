"""What is to be diagnosed: a file, a folder, a recording, or a data set with a name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from producer.datasets.files import check_layout, user_path
from producer.datasets.resolve import AUTO, resolve
from producer.datasets.streaming import streaming_command
from producer.intake.load import load
from shared.intake.catalog import BUILTIN, CATALOG
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits
from shared.places import default_cache_dir


@dataclass(frozen=True, slots=True)
class Places:
    """Where named data sets and conversions lie, and how much is taken.

    Args:
        data_dir: a folder of the user with IDX files.
        cache_dir: the folder for downloads and conversions; None for the default one.
        limits: of a file or folder.
    """

    data_dir: Path | None = None
    cache_dir: Path | None = None
    limits: Limits = Limits()

    @property
    def cache(self) -> Path:
        """The folder for downloads and conversions."""
        return self.cache_dir or default_cache_dir(os.environ)


@dataclass(frozen=True, slots=True)
class Subject:
    """A data set that could be read, and what is known of it beside its images.

    Args:
        images: what it holds.
        name: as the user gave it: a path or a name.
        kind: "pickle", "folder", "recording", "named", ...
        layout: what was recognised, in words.
        size: bytes of the file or of all files of the folder; None where there is none.
        names: what to call each image; empty where nothing does.
        warnings: what was changed or guessed, in words.
        asked: the layout that the user asked for; None where it was recognised.
        limits: within which it was read.
    """

    images: ImageSet
    name: str
    kind: str
    layout: str
    size: int | None = None
    names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    asked: str | None = None
    limits: Limits = Limits()

    @property
    def command(self) -> str:
        """The shell command that streams it."""
        return streaming_command(self.name, self.asked, self.limits)


def find_subject(name: str, *, layout: str | None = None, places: Places = Places()) -> Subject:
    """Read the data set of this name, as ``producer serve --dataset`` would.

    Args:
        name: "auto", "builtin", a name of the catalog, or a path.
        layout: how to read what can be read in several ways.
        places: where to look, and how much to take.

    Raises:
        DataError: there is none, or it cannot be streamed.
        DownloadError: a named data set is neither here nor to be had.
    """
    path = user_path(name)
    is_name = name in (AUTO, BUILTIN) or name.partition(":")[0] in CATALOG
    if is_name or not (name and (path.suffix or os.path.exists(path))):
        return _named(name, layout, places)
    return read_path(path, name, layout=layout, places=places)


def read_path(
    path: Path, name: str, *, layout: str | None = None, places: Places = Places()
) -> Subject:
    """Read a file or folder of the user.

    Args:
        path: the file or folder.
        name: what the user called it.
        layout: how to read what can be read in several ways.
        places: where to keep the conversion, and how much to take.

    Raises:
        DataError: it is not there, or cannot be streamed.
    """
    check_layout(path, layout)
    loaded = load(path, layout=layout, cache_dir=places.cache, limits=places.limits, names=True)
    about = loaded.manifest
    return Subject(
        loaded.images,
        name,
        str(about.kind),
        about.layout,
        size=about.bytes,
        names=loaded.names,
        warnings=tuple(about.warnings),
        asked=layout,
        limits=places.limits,
    )


def _named(name: str, layout: str | None, places: Places) -> Subject:
    found = resolve(name, data_dir=places.data_dir, cache_dir=places.cache, layout=layout)
    return Subject(found.images, name, "named", found.origin)
