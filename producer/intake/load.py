"""Load any data set of the user: converted once by a child process, then mapped."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import structlog

from producer.intake.cache import Cache, Loaded, Wanted, map_entry, write_manifest
from producer.intake.conversion import convert
from producer.intake.endings import orderly_termination
from producer.intake.formats import Kind, kind_of_file
from producer.intake.manifest import Manifest
from producer.intake.source import Source, open_source
from producer.intake.wire import printable
from producer.intake.writer import checksum
from shared.errors import StoreError
from shared.intake.limits import Limits

__all__ = ["Loaded", "Manifest", "load"]

log = structlog.get_logger()


def load(
    path: Path,
    *,
    layout: str | None = None,
    cache_dir: Path,
    limits: Limits = Limits(),
    names: bool = False,
) -> Loaded:
    """Load a pickle, array, archive, IDX file, video, recording or folder of the user.

    What was converted before, by the SHA-256 of its content, is mapped again without a child
    process. Nothing of it is executed, and only the child process ever decodes it.

    Args:
        path: the file or folder.
        layout: what the user says about the layout where that is ambiguous, or None.
        cache_dir: the folder for downloads and converted data sets; where it cannot be written,
            a temporary folder is used for this once, and a warning logged.
        limits: how much is read, and how long.
        names: whether the names of the images are wanted too.

    Raises:
        DataError: it is missing, of no kind that is taken, damaged, beyond a limit, or no usable
            image set; PickleRefused for a pickle that is no plain image set.
        StoreError: neither the cache nor a temporary folder can be written.
    """
    if not os.path.isdir(path) and kind_of_file(path) is Kind.RECORDING:
        return _recording(path)
    with orderly_termination(), open_source(path, limits) as source:
        wanted = Wanted(
            source.where, source.kind, source.size, "", layout, limits=limits, names=names
        )
        return _Loading(source, Cache(cache_dir / "converted"), wanted).load()


class _Loading:
    """One data set on its way into the cache and out of it."""

    def __init__(self, source: Source, cache: Cache, wanted: Wanted) -> None:
        self._source = source
        self._cache = cache
        self._asked = wanted

    def load(self) -> Loaded:
        """Take it from the cache, or convert it."""
        # Hashing comes first only where it may save the conversion; otherwise beside it.
        known = self._cache.knows_size(self._source.size)
        sha256 = self._source.sha256() if known else None
        if sha256 is not None and (found := self._cache.find(self._wanted(sha256))) is not None:
            about = found.manifest.model_copy(update={"source": printable(self._source.path.name)})
            return replace(found, manifest=about)
        try:
            return self._into_cache(sha256)
        except StoreError as error:
            log.warning("cache-unusable", reason=str(error))
        return self._into_temporary(sha256)

    def _into_cache(self, sha256: str | None) -> Loaded:
        with self._cache.workspace() as folder:
            manifest = self._convert(folder, sha256)
            loaded = map_entry(folder, manifest, self._asked)
            try:
                self._cache.keep(folder, self._wanted(manifest.sha256))
            except StoreError as error:
                log.warning("cache-unusable", reason=str(error))
        return loaded

    def _into_temporary(self, sha256: str | None) -> Loaded:
        # What is mapped stays readable when its folder is gone, as long as this process lasts.
        try:
            with tempfile.TemporaryDirectory(prefix="catwalk-") as folder:
                manifest = self._convert(Path(folder), sha256)
                return map_entry(Path(folder), manifest, self._asked)
        except OSError as error:
            where = tempfile.gettempdir()
            raise StoreError("cannot write", at=where, got=error.strerror) from error

    def _convert(self, folder: Path, sha256: str | None) -> Manifest:
        manifest = convert(
            self._source,
            folder,
            layout=self._asked.layout,
            limits=self._asked.limits,
            sha256=sha256,
        )
        write_manifest(folder, manifest)
        return manifest

    def _wanted(self, sha256: str) -> Wanted:
        return replace(self._asked, sha256=sha256)


def _recording(path: Path) -> Loaded:
    # Imported here because most data sets are none, and a producer has to be back soon.
    from shared.recording.reader import read_recording

    images = read_recording(path).image_set()
    with open_source(path, Limits(file_bytes=2**63)) as source:
        sha256 = source.sha256()
    manifest = Manifest(
        source=path.name,
        kind=Kind.RECORDING,
        layout=f"a recording of {len(images):,} frames",
        bytes=source.size,
        sha256=sha256,
        count=len(images),
        shape=None if images.layout == "ragged" else images.stack.shape,
        checksum=checksum(images),
    )
    return Loaded(images, manifest)
