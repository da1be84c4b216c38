"""Converted data sets on disk: found again, checked, and taken away where they are too many."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tokenize
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError

from producer.intake.formats import Kind
from producer.intake.manifest import VERSION, Manifest
from producer.intake.names import check_names, read_names
from producer.intake.workspaces import LOCK, discard, remove_leftovers, workspace
from producer.intake.writer import checksum, map_images
from shared.errors import CatwalkError, StoreError
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits

MAX_BYTES = 4 * 2**30
"""What the cache keeps; beyond it the entries that were not used for longest go."""
MANIFEST = "manifest.json"
_ATTEMPTS = 100
_ENTRY = re.compile("[0-9]+-[0-9a-f]{64}(-.*)?")
_PLAIN = re.compile("[A-Za-z0-9,=_x-]{1,60}")
_DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    RecursionError,
    tokenize.TokenError,
    CatwalkError,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A converted data set.

    Args:
        images: mapped arrays that cannot be written to.
        manifest: where they came from.
        names: what to call each image, its file in a folder for instance; empty where nothing
            does, and where they are not wanted.
    """

    images: ImageSet
    manifest: Manifest
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cache is asked for.

    Args:
        where: what to call the data set in an error.
        kind: what the data is read as.
        bytes: size of the file, or of all files of the folder.
        sha256: of the data.
        layout: what the user says about the layout, or None.
        limits: how much is taken.
        names: whether the names of the images are wanted too.
    """

    where: str
    kind: Kind
    bytes: int
    sha256: str
    layout: str | None = None
    limits: Limits = Limits()
    names: bool = False

    @property
    def key(self) -> str:
        """The name of its entry."""
        return "-".join(filter(None, (str(self.bytes), self.sha256, _slug(self.layout))))

    def fits(self, manifest: Manifest) -> bool:
        """Whether an entry with this manifest is what is wanted.

        What was converted within wider limits may be beyond these: only reading it anew tells.
        """
        asked = (manifest.kind, manifest.bytes, manifest.sha256, manifest.asked_layout)
        mine, its = self.limits, manifest.limits
        return asked == (self.kind, self.bytes, self.sha256, self.layout) and (
            mine.file_bytes >= its.file_bytes
            and mine.pixel_bytes >= its.pixel_bytes
            and mine.images >= its.images
        )


class Cache:
    """One folder of converted data sets, which several processes may use at a time.

    What killed processes have left in it goes as soon as it is opened.

    Args:
        folder: made where it is missing.
        max_bytes: what is kept at most.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        remove_leftovers(folder)

    def knows_size(self, size: int) -> bool:
        """Whether any entry is of data of so many bytes: only then need data be hashed first."""
        try:
            return any(name.startswith(f"{size}-") for name in os.listdir(self._folder))
        except OSError:
            return False

    def find(self, wanted: Wanted) -> Loaded | None:
        """Map an entry whose content is what its manifest says; None where there is none."""
        entry = self._folder / wanted.key
        try:
            manifest = _read_manifest(entry)
            if manifest is None or not wanted.fits(manifest):
                return None
            loaded = map_entry(entry, manifest, wanted)
            if checksum(loaded.images) != manifest.checksum:
                raise ValueError("another checksum")
            if manifest.names_sha256 is not None:
                check_names(entry, manifest.names_sha256)
        except FileNotFoundError:
            return None
        except _DAMAGED as error:
            log.warning("cache-entry-damaged", entry=str(entry), reason=str(error)[:200])
            return None
        with suppress(OSError):
            os.utime(entry / MANIFEST)
        return loaded

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A new folder beside the entries, which is gone afterwards unless it was kept.

        Raises:
            StoreError: the cache cannot be written.
        """
        with ExitStack() as stack:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                folder = stack.enter_context(workspace(self._folder))
            except OSError as error:
                raise StoreError("cannot write", at=self._folder, got=error.strerror) from error
            yield folder

    def keep(self, folder: Path, wanted: Wanted) -> Path:
        """Make a workspace an entry, at once and whole; takes the place of one that is there.

        Raises:
            StoreError: the cache cannot be written.
        """
        entry = self._folder / wanted.key
        for _ in range(_ATTEMPTS):
            try:
                os.rename(folder, entry)
                break
            except OSError:
                discard(entry)
        else:
            raise StoreError("cannot write", at=entry, expected="a place for a folder")
        with suppress(OSError):
            (entry / LOCK).unlink()
        self._prune(entry)
        return entry

    def _prune(self, used: Path) -> None:
        with suppress(OSError):
            weighed = [entry for path in self._folder.iterdir() if (entry := _weigh(path))]
            left = self._max_bytes
            for _, size, path in sorted(weighed, reverse=True):
                left -= size
                if left < 0 and path != used:
                    log.debug("cache-entry-removed", entry=str(path), bytes=size)
                    discard(path)


def map_entry(folder: Path, manifest: Manifest, wanted: Wanted) -> Loaded:
    """Map the arrays of an entry, and read its names where they are wanted.

    Raises:
        OSError, ValueError, EOFError, SyntaxError, RecursionError, DataError: it is damaged.
    """
    images = map_images(folder, manifest.classes, wanted.where)
    if len(images) != manifest.count:
        raise ValueError("another number of images")
    if not wanted.names or manifest.names_sha256 is None:
        return Loaded(images, manifest)
    return Loaded(images, manifest, read_names(folder, manifest.count))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write an entry's manifest, which makes it one.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    except OSError as error:
        raise StoreError("cannot write", at=folder, got=error.strerror) from error


def _read_manifest(entry: Path) -> Manifest | None:
    """None for an entry of another version; what is no manifest is a ValueError."""
    text = (entry / MANIFEST).read_bytes()
    told = json.loads(text)
    if isinstance(told, dict) and told.get("version", VERSION) != VERSION:
        return None
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise ValueError("no manifest") from error


def _weigh(path: Path) -> tuple[float, int, Path] | None:
    """When an entry was last used, and its bytes; None for what is none, or goes meanwhile."""
    if not _ENTRY.fullmatch(path.name):
        return None
    try:
        used_at = (path / MANIFEST).stat().st_mtime
        size = sum(file.stat().st_size for file in path.iterdir())
        return used_at, size, path
    except OSError:
        return None


def _slug(layout: str | None) -> str | None:
    if layout is None or _PLAIN.fullmatch(layout):
        return layout
    return hashlib.sha256(layout.encode("utf-8", "replace")).hexdigest()[:16]
