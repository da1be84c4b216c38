"""A session's recording on the consumer's side, written while its results are acknowledged."""

from __future__ import annotations

import shlex
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from consumer.pipeline.records import ResultBatch
from shared.errors import DataError
from shared.intake.catalog import is_file
from shared.messages import Recalled, Started
from shared.recording.file import RecordingFile
from shared.recording.manifest import About
from shared.recording.writer import FrameBlock

log = structlog.get_logger()


class SessionRecording:
    """Writes a recording of acknowledged frames; a context manager while the session runs.

    A process that took the session up in its middle has not seen the pixels before. Then nothing
    is recorded and the session goes on: the producer can record it whole.

    Args:
        path: the file; it is there only once the session is finished.
        started: the session.
        model: name of the model.
        classes: what its labels index.

    Raises:
        StoreError: the file cannot be made.
    """

    def __init__(
        self, path: Path, started: Started, *, model: str, classes: tuple[str, ...]
    ) -> None:
        self._path = path
        self._session = started.session
        self._dataset = started.dataset
        self._is_over = False
        about = About(
            session=started.session,
            model=model,
            classes=classes,
            dataset=started.dataset,
            fps=started.fps,
            delivery=started.delivery,
        )
        self._file = RecordingFile(path, about)

    def __enter__(self) -> Self:
        """The file is open from the start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; of a session that was not finished nothing is left."""
        if not self._is_over:
            self._give_up("the session was not finished")

    def recall(self, recalled: Recalled) -> None:
        """Frames that an earlier process has classified: their pixels were not received here."""
        last = recalled.first + len(recalled.labels) - 1
        self._give_up(f"frames {recalled.first} to {last} were not received here")

    def update(self, batch: ResultBatch) -> None:
        """Write the next acknowledged frames.

        Raises:
            StoreError: the disk is full or failed.
        """
        if self._is_over:
            return
        block = FrameBlock(
            first=batch.first,
            images=batch.images,
            indices=batch.indices,
            sent_ns=batch.times.sent,
            labels=batch.labels,
            confidences=batch.confidences,
            reasons=batch.reasons,
        )
        try:
            self._file.append(block)
        except DataError as error:
            self._give_up(str(error))

    def finish(self) -> Path | None:
        """Complete the file when the session is over; None where there is no whole recording.

        Raises:
            StoreError: the disk is full or failed.
        """
        if not self._is_over and not self._file.frames:
            self._give_up("the session has no frames")
        if self._is_over:
            return None
        manifest = self._file.finish()
        self._is_over = True
        log.info(
            "session-recorded",
            session=self._session,
            file=str(self._path),
            frames=manifest.frames,
        )
        return self._path

    def _give_up(self, reason: str) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._file.close()
        log.warning(
            "not-recorded",
            session=self._session,
            file=str(self._path),
            reason=reason,
            instead=self._command(),
        )

    def _command(self) -> str:
        """What the producer's side records it with, which finds no file by its name alone."""
        words = ["producer", "record", self._session, str(self._path)]
        return shlex.join([*words, "--dataset", self._dataset] if is_file(self._dataset) else words)
