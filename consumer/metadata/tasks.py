"""Describes images and writes what is known of them: the work of ``consumer inspect``."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from rich.console import Console

from consumer.metadata.describe import describe_file, judged, unreadable, use_one_thread
from consumer.metadata.memory import keep_freed_memory
from consumer.metadata.meter import Meter
from consumer.metadata.model import Entry, ImageMetadata, Summary
from consumer.metadata.paths import Wanted
from consumer.metadata.pool import Lost, map_in_order
from consumer.metadata.spool import Spool
from consumer.metadata.thresholds import Flag, Judged, Thresholds, judge, learn
from consumer.metadata.writing import (
    STANDARD_OUTPUT,
    DocumentWriter,
    entry_names,
    entry_text,
    write_entry,
    written,
)
from shared.errors import WorkerError

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be described, and where it goes.

    Args:
        wanted: the files.
        workers: processes that describe them; 1: none.
        output: file of the document; ``-``: standard output.
        per_image: folder for a file of each image.
        learn: whether the thresholds are learnt from the images.
    """

    wanted: Wanted
    workers: int = 1
    output: str = STANDARD_OUTPUT
    per_image: Path | None = None
    learn: bool = False


@dataclass(slots=True)
class _Count:
    described: int = 0
    unreadable: int = 0
    flagged: Counter[Flag] = field(default_factory=Counter)

    def add(self, entry: Entry) -> None:
        """Count one entry; one without metadata is a line in the log as well."""
        if isinstance(entry, ImageMetadata):
            self.described += 1
            self.flagged.update(entry.flags)
        else:
            self.unreadable += 1
            log.warning("unreadable", path=entry.path, reason=entry.error.what, got=entry.error.got)

    def summary(self, passed_over: int) -> Summary:
        """What was counted."""
        total = self.described + self.unreadable
        return Summary(
            images=total,
            described=self.described,
            unreadable=self.unreadable,
            flagged=dict(sorted(self.flagged.items())),
            passed_over=passed_over,
        )


def inspect_images(request: Request, *, console: Console | None = None) -> Summary:
    """Describe all images that are asked for, and write the JSON.

    A file that cannot be described is an entry with an error and a line in the log. Entries are
    written as they come, or where thresholds are learnt, once all images were seen; in memory
    there are never more than a few.

    Args:
        request: what, and where to.
        console: where progress is shown.

    Raises:
        StoreError: the JSON cannot be written.
    """
    began = time.monotonic()
    # An empty path, which no file has, is of the folder where it would be.
    names = entry_names([path or os.curdir for path in request.wanted.files])
    count = _Count()
    with ExitStack() as stack:
        meter = stack.enter_context(Meter(len(names), console=console))
        entries: Iterator[Entry] = stack.enter_context(closing(_entries(request, meter)))
        thresholds = Thresholds()
        if request.learn:
            thresholds, entries = _learnt(entries, stack.enter_context(Spool()))
        writer = DocumentWriter(stack.enter_context(written(request.output)), thresholds)
        for entry, name in zip(entries, names, strict=True):
            count.add(entry)
            text = entry_text(entry)
            writer.add(text)
            if request.per_image is not None:
                write_entry(request.per_image, name, text)
        summary = count.summary(request.wanted.passed_over)
        writer.end(summary)
    log.info(
        "inspected",
        images=summary.images,
        unreadable=summary.unreadable,
        passed_over=summary.passed_over,
        seconds=round(time.monotonic() - began, 3),
    )
    return summary


def _entries(request: Request, meter: Meter) -> Generator[Entry, None, None]:
    mapped = map_in_order(
        describe_file, request.wanted.files, workers=request.workers, begin=_begin_worker
    )
    with closing(mapped) as results:
        for result in results:
            meter.advance()
            if isinstance(result, Lost):
                fault = WorkerError("the process that read it has ended", got=repr(result.cause))
                yield unreadable(result.item, fault)
            else:
                yield result


def _begin_worker() -> None:
    use_one_thread()
    keep_freed_memory()


def _learnt(entries: Iterable[Entry], spool: Spool) -> tuple[Thresholds, Iterator[Entry]]:
    """Look at all entries; what is learnt, and the entries again, judged by it."""
    seen: list[Judged] = []
    for entry in entries:
        spool.add(entry)
        if isinstance(entry, ImageMetadata):
            seen.append(judged(entry))
    thresholds = learn(seen)
    return thresholds, (_judged_anew(entry, thresholds) for entry in spool)


def _judged_anew(entry: Entry, thresholds: Thresholds) -> Entry:
    if not isinstance(entry, ImageMetadata):
        return entry
    flags = judge(judged(entry), thresholds)
    return entry.model_copy(update={"thresholds": thresholds, "flags": flags})
