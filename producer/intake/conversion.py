"""Has a child process convert a data set, and turns whatever happens to it into one error."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from producer.intake.job import Job
from producer.intake.manifest import Manifest
from producer.intake.meter import Meter
from producer.intake.process import CHILD, ChildProcess
from producer.intake.source import Source
from producer.intake.wire import error_from_json, printable
from shared.errors import CatwalkError, DataError
from shared.intake.limits import Limits

WALL_FACTOR = 3
WALL_GRACE_S = 20.0
_BROKEN = ("broke off", "the data is damaged in a way that its reader does not survive")
_SIGNALS = {
    signal.SIGKILL: ("was ended by the system", "mostly for lack of memory: give it more"),
    signal.SIGBUS: ("broke off", "the data, or its disk, was cut off under the reader"),
}


def convert(
    source: Source,
    folder: Path,
    *,
    layout: str | None,
    limits: Limits,
    sha256: str | None = None,
    command: Sequence[str] = CHILD,
) -> Manifest:
    """Convert a data set into arrays in a folder, and hash it while the child process starts.

    Args:
        source: what to read.
        folder: where the arrays are written; there and empty.
        layout: what the user says about the layout, or None.
        limits: how much may be read, and how long.
        sha256: of the data, where it is known already.
        command: the child process.

    Raises:
        DataError: it cannot be read as a data set, changed meanwhile, or went beyond a limit.
        StoreError: the folder cannot be written.
    """
    with _pipe() as (receiving, sending):
        job = _job(source, folder, sending.fileno(), layout=layout, limits=limits)
        keep = (job.answers,) if job.source is None else (job.answers, job.source)
        with ChildProcess(command, keep=keep, answers=receiving) as child:
            sending.close()
            child.say(job.to_json())
            deadline = time.monotonic() + _wall_s(job)
            sha256 = sha256 or source.sha256()
            with _watched(source, limits), Meter(printable(source.path.name, 60)) as meter:
                done = _Outcome(child, job).wait(deadline, meter.show)
    return _manifest(source, job, done, sha256)


def _manifest(source: Source, job: Job, done: dict[str, Any], sha256: str) -> Manifest:
    known = {
        "source": printable(source.path.name),
        "kind": source.kind,
        "asked_layout": job.layout,
        "bytes": source.size,
        "sha256": sha256,
        "limits": job.limits,
    }
    try:
        return Manifest.model_validate({**done, **known})
    except ValidationError as error:
        raise _broken(job, "an answer that makes no sense") from error


def _wall_s(job: Job) -> float:
    """How long a job may take in all, in seconds, however little of the processor it gets."""
    return WALL_FACTOR * job.seconds + WALL_GRACE_S


@contextmanager
def _watched(source: Source, limits: Limits) -> Iterator[None]:
    """That the data has changed says more than what was found in the middle of that."""
    try:
        yield
    except CatwalkError:
        source.check_unchanged(limits)
        raise
    source.check_unchanged(limits)


@contextmanager
def _pipe() -> Iterator[tuple[int, FileIO]]:
    ends = os.pipe()
    with FileIO(ends[0], "rb") as receiving, FileIO(ends[1], "wb") as sending:
        yield receiving.fileno(), sending


def _job(source: Source, folder: Path, answers: int, *, layout: str | None, limits: Limits) -> Job:
    return Job(
        kind=source.kind,
        where=source.where,
        path=str(source.path.absolute()),
        folder=str(folder.absolute()),
        answers=answers,
        source=None if source.stream is None else source.stream.fileno(),
        size=0 if source.stream is None else source.size,
        layout=layout,
        limits=limits,
    )


class _Told(BaseModel):
    """One line of a child process."""

    progress: int | None = None
    total: int | None = None
    done: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    memory: bool = False


class _Outcome:
    """What a child process says, and what its end means."""

    def __init__(self, child: ChildProcess, job: Job) -> None:
        self._child = child
        self._job = job
        self._last = _Told()

    def wait(self, deadline: float, show: Callable[[int, int | None], None]) -> dict[str, Any]:
        """What was converted; an error where nothing was."""

        def heard(line: bytes) -> None:
            with suppress(ValidationError):
                told = _Told.model_validate_json(line)
                if told.progress is None:
                    self._last = told
                else:
                    show(told.progress, told.total)

        try:
            status = self._child.listen(heard, deadline)
        except TimeoutError:
            self._exceeded("took too long", f"{_wall_s(self._job):g} s", "--max-load-s")
        except OverflowError:
            raise _broken(self._job, "too many answers") from None
        if self._last.error is not None:
            raise error_from_json(self._last.error)
        if self._last.done is None:
            self._died(status)
        return self._last.done

    def _died(self, status: int) -> NoReturn:
        if self._last.memory:
            most = f"{self._job.memory_bytes:,} bytes of memory"
            self._exceeded("took too much memory", most, "--max-load-mib")
        if status == -signal.SIGXCPU:
            most = f"{self._job.seconds:g} s of processor time"
            self._exceeded("took too long", most, "--max-load-s")
        if status >= 0:
            got = printable(self._child.last_words, 200) or f"exit code {status}"
            raise _broken(self._job, got)
        end = signal.Signals(-status)
        what, hint = _SIGNALS.get(end, _BROKEN)
        got = f"signal {end.name}"
        raise DataError(f"reading {what}", where=self._job.where, got=got, hint=hint)

    def _exceeded(self, what: str, most: str, option: str) -> NoReturn:
        raise DataError(
            f"reading {what}",
            where=self._job.where,
            expected=f"at most {most}",
            got="more",
            hint=f"raise the limit with {option}",
        )


def _broken(job: Job, got: str) -> DataError:
    what, hint = _BROKEN
    return DataError(f"reading {what}", where=job.where, got=got, hint=hint)
