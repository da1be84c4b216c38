"""The frames that were sent and have no prediction yet, and what is known of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from shared.digests import ContentDigest, run_digest


@dataclass(frozen=True, slots=True)
class TakenRun:
    """What the producer knows of the frames of a run that was taken.

    Args:
        sent_ns: when each was sent, nanoseconds since 1970.
        skips: (first, count) of the positions skipped between them and since the run before.
        digest: content digest of all frames up to the run's last.
    """

    sent_ns: tuple[int, ...]
    skips: tuple[tuple[int, int], ...]
    digest: str


class SentFrame(NamedTuple):
    """A frame that was sent.

    Args:
        crc: CRC-32 of its pixels.
        sent_ns: when it was sent, nanoseconds since 1970.
        position: in the schedule.
    """

    crc: int
    sent_ns: int
    position: int


class Outstanding:
    """Frames that were sent and have no prediction yet.

    Args:
        position: in the schedule, of the last frame that has one; -1 where none has.
        digest: content digest of all that have one.
    """

    def __init__(self, position: int, digest: str) -> None:
        self.position = position
        self._digest = ContentDigest(digest)
        self._frames: deque[SentFrame] = deque()

    @property
    def digest(self) -> str:
        """The content digest of all frames taken."""
        return self._digest.hexdigest()

    def add(self, frame: SentFrame) -> None:
        """Append the next frame."""
        self._frames.append(frame)

    def run_digest(self, count: int) -> str:
        """The digest of the next frames, were they one run."""
        return run_digest(frame.crc for frame in islice(self._frames, count))

    def position_after(self, count: int) -> int:
        """The position of the last frame that has a prediction once ``count`` more were taken."""
        return self._frames[count - 1].position if count else self.position

    def take(self, count: int) -> TakenRun:
        """The next frames have their predictions."""
        frames = [self._frames.popleft() for _ in range(count)]
        skips: list[tuple[int, int]] = []
        for frame in frames:
            skips += gaps(self.position, frame.position)
            self.position = frame.position
        self._digest.update(frame.crc for frame in frames)
        return TakenRun(tuple(frame.sent_ns for frame in frames), tuple(skips), self.digest)


def gaps(last: int, position: int) -> Iterator[tuple[int, int]]:
    """The positions between two as (first, count), where there are any."""
    if position > last + 1:
        yield last + 1, position - last - 1
