"""Converted data sets on disk: found again, checked, and taken away where they are too many."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from producer.intake.formats import Kind
from producer.intake.manifest import VERSION, Manifest
from producer.intake.writer import NAMES, checksum, map_images
from shared.errors import CatwalkError, StoreError
from shared.intake.imageset import ImageSet

MAX_BYTES = 4 * 2**30
"""What the cache keeps; beyond it the entries that were not used for longest go."""
STALE_S = 24 * 3600
MANIFEST = "manifest.json"
_WORK = ".work-"
_ATTEMPTS = 100
_PLAIN = re.compile("[A-Za-z0-9,=_x-]{1,60}")
_DAMAGED = (OSError, ValueError, EOFError, SyntaxError, tokenize.TokenError, CatwalkError)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A converted data set.

    Args:
        images: mapped arrays that cannot be written to.
        manifest: where they came from.
    """

    images: ImageSet
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cache is asked for.

    Args:
        where: what to call the data set in an error.
        kind: what the data is read as.
        bytes: size of the file, or of all files of the folder.
        sha256: of the data.
        layout: what the user says about the layout, or None.
    """

    where: str
    kind: Kind
    bytes: int
    sha256: str
    layout: str | None = None

    @property
    def key(self) -> str:
        """The name of its entry."""
        return "-".join(filter(None, (str(self.bytes), self.sha256, _slug(self.layout))))

    def fits(self, manifest: Manifest) -> bool:
        """Whether an entry with this manifest is what is wanted."""
        asked = (manifest.kind, manifest.bytes, manifest.sha256, manifest.asked_layout)
        return asked == (self.kind, self.bytes, self.sha256, self.layout)


class Cache:
    """One folder of converted data sets, which several processes may use at a time.

    Args:
        folder: made where it is missing.
        max_bytes: what is kept at most.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

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
            loaded = map_entry(entry, manifest, wanted.where)
            if checksum(loaded.images, loaded.images.pixels_sha256()) != manifest.checksum:
                raise ValueError("another checksum")
            os.utime(entry / MANIFEST)
        except FileNotFoundError:
            return None
        except _DAMAGED as error:
            log.warning("cache-entry-damaged", entry=str(entry), reason=str(error)[:200])
            return None
        return loaded

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """An empty folder beside the entries, which is gone afterwards unless it was kept.

        Raises:
            StoreError: the cache cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_WORK, dir=self._folder))
        except OSError as error:
            raise StoreError("cannot write", at=self._folder, got=error.strerror) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

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
                self._discard(entry)
        else:
            raise StoreError("cannot write", at=entry, expected="a place for a folder")
        self._prune(entry)
        return entry

    def _discard(self, entry: Path) -> None:
        # Away by one rename: no other process ever sees half an entry.
        away = self._folder / f"{_WORK}{os.getpid()}-{time.monotonic_ns()}"
        with suppress(OSError):
            os.rename(entry, away)
        shutil.rmtree(away, ignore_errors=True)

    def _prune(self, used: Path) -> None:
        with suppress(OSError):
            weighed = [entry for path in self._folder.iterdir() if (entry := _weigh(path))]
            left = self._max_bytes
            for entry in sorted(weighed, key=lambda entry: entry.used_at, reverse=True):
                left -= entry.bytes
                if entry.is_work:
                    gone = time.time() - entry.used_at > STALE_S
                else:
                    gone = left < 0 and entry.path != used
                if gone:
                    log.debug("cache-entry-removed", entry=str(entry.path), bytes=entry.bytes)
                    self._discard(entry.path)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An entry, or a workspace: when it was last used, and its bytes, 0 for a workspace."""

    path: Path
    used_at: float
    bytes: int
    is_work: bool


def map_entry(folder: Path, manifest: Manifest, where: str) -> Loaded:
    """Map the arrays of an entry.

    Raises:
        OSError, ValueError, EOFError, SyntaxError, DataError: it is damaged.
    """
    images = map_images(folder, manifest.classes, where)
    names: tuple[str, ...] = ()
    if (folder / NAMES).exists():
        told = json.loads((folder / NAMES).read_text(encoding="ascii"))
        names = TypeAdapter(tuple[str, ...]).validate_python(told)
    if len(images) != manifest.count or len(names) not in (0, manifest.count):
        raise ValueError("another number of images")
    return Loaded(images, manifest.model_copy(update={"names": names}))


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


def _weigh(path: Path) -> _Weighed | None:
    """None for what goes away meanwhile."""
    try:
        if path.name.startswith(_WORK):
            return _Weighed(path, path.stat().st_mtime, 0, is_work=True)
        size = sum(file.stat().st_size for file in path.iterdir())
        clock = path / MANIFEST if (path / MANIFEST).exists() else path
        return _Weighed(path, clock.stat().st_mtime, size, is_work=False)
    except OSError:
        return None


def _slug(layout: str | None) -> str | None:
    if layout is None or _PLAIN.fullmatch(layout):
        return layout
    return hashlib.sha256(layout.encode("utf-8", "replace")).hexdigest()[:16]
