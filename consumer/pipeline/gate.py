"""Which frames belong to the session."""

from __future__ import annotations

import threading
from typing import NoReturn

from shared.errors import FrameError
from shared.frames import FrameHeader
from shared.reports import ConsumerWire


class FrameGate:
    """Decides, frame by frame, what belongs to the session on this connection.

    Frames must come in order of their sequence numbers. One that came before is a duplicate of the
    wire, counted and dropped; a gap is an error. From the number at which a stop was agreed on,
    frames are withdrawn: counted and dropped.

    Args:
        epoch: of the connection.
        first: sequence number of the first frame to come.
    """

    def __init__(self, epoch: int, *, first: int = 0) -> None:
        self._epoch = epoch
        self._lock = threading.Lock()
        self._end: int | None = None
        self._arrived = first
        self._frames = 0
        self._duplicates = 0
        self._corrupt = 0
        self._gaps = 0

    def admit(self, header: FrameHeader) -> bool:
        """Whether the frame is the session's next; otherwise it is to be dropped.

        Raises:
            FrameError: it is of another epoch, or frames are missing before it.
        """
        with self._lock:
            self._frames += 1
            if header.epoch != self._epoch:
                self._corrupt += 1
                _fail("wrong epoch", header, self._epoch, header.epoch)
            if header.sequence > self._arrived:
                self._gaps += 1
                _fail("frames are missing", header, self._arrived, header.sequence)
            if header.sequence < self._arrived:
                self._duplicates += 1
                return False
            self._arrived += 1
            return self._end is None or header.sequence < self._end

    def refuse(self) -> None:
        """A message that is no whole frame came, or one with a wrong checksum."""
        with self._lock:
            self._frames += 1
            self._corrupt += 1

    @property
    def received(self) -> int:
        """Frames of the session that are received, on this connection or before."""
        with self._lock:
            return self._arrived if self._end is None else min(self._arrived, self._end)

    @property
    def arrived(self) -> int:
        """Frames of the session that have come, withdrawn ones too."""
        with self._lock:
            return self._arrived

    @property
    def withdrawn(self) -> int:
        """Frames that arrived although a stop had taken them back."""
        with self._lock:
            return 0 if self._end is None else max(0, self._arrived - self._end)

    @property
    def stopped(self) -> bool:
        """Whether a stop was agreed on, so that no further frame is needed."""
        with self._lock:
            return self._end is not None

    def stop(self, at: int) -> None:
        """End the session after ``at`` frames; the first stop counts."""
        with self._lock:
            if self._end is None:
                self._end = at

    def wire(self) -> ConsumerWire:
        """What was seen on this connection."""
        with self._lock:
            return ConsumerWire(
                frames=self._frames,
                duplicates=self._duplicates,
                corrupt=self._corrupt,
                gaps=self._gaps,
                connections=1,
            )


def _fail(what: str, header: FrameHeader, expected: int, got: int) -> NoReturn:
    raise FrameError(what, where=f"frame {header.sequence}", expected=expected, got=got)
