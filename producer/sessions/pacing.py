"""When each frame is due on a monotonic clock, told beforehand so that lateness never adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from shared.errors import DataError
from shared.messages import MAX_FPS

ONE_FRAME_INTERVAL_S = 0.1
"""The interval of a recording of one frame, which has none of its own."""


class Pace(Protocol):
    """What a session asks of its schedule; k counts positions in the schedule from 0."""

    @property
    def is_paced(self) -> bool:
        """Whether there is any time to keep to."""

    def due(self, k: int) -> float:
        """When position k is due, seconds on a monotonic clock."""

    def wait(self, k: int, now: float) -> float:
        """Seconds from ``now`` until position k is due; 0 when it is due already."""

    def lateness(self, k: int, now: float) -> float:
        """Seconds by which ``now`` is past the time at which position k was due."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times at equal intervals: ``t0 + k / fps``.

    Args:
        t0: when position 0 is due, seconds on a monotonic clock.
        fps: frames a second; 0 means that every frame is due at once.
    """

    t0: float
    fps: float

    @classmethod
    def starting(cls, k0: int, now: float, fps: float) -> Self:
        """The schedule in which position k0 is due ``now``."""
        return cls(now - k0 / fps if fps else now, fps)

    @property
    def is_paced(self) -> bool:
        """Whether there is any time to keep to: not at fps 0."""
        return self.fps > 0

    def due(self, k: int) -> float:
        """When position k (0, 1, ...) is due, seconds on the same clock."""
        return self.t0 + k / self.fps if self.fps else self.t0

    def wait(self, k: int, now: float) -> float:
        """Seconds from ``now`` until position k is due; 0 when it is due already."""
        return max(0.0, self.due(k) - now)

    def lateness(self, k: int, now: float) -> float:
        """Seconds by which ``now`` is past the time at which k was due; at fps 0 always 0."""
        return now - self.due(k) if self.fps else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSchedule:
    """The times of a recording, which begins again one mean interval after its last frame.

    Args:
        t0: when position 0 is due, seconds on a monotonic clock.
        offsets_s: float64 (n,), n at least 1: when each recorded frame was sent, seconds after the
            first one; the first is 0, and none is before the one ahead of it.

    Raises:
        DataError: the offsets are not so.
    """

    t0: float
    offsets_s: NDArray[np.float64]
    _period_s: float = field(init=False)

    def __post_init__(self) -> None:
        offsets = self.offsets_s
        if not (len(offsets) and offsets[0] == 0 and np.isfinite(offsets).all()):
            raise DataError("wrong times", where="a recording", expected="finite, the first one 0")
        if len(offsets) > 1 and np.diff(offsets).min() < 0:
            raise DataError("wrong times", where="a recording", expected="never going back")
        object.__setattr__(self, "_period_s", float(offsets[-1]) + mean_interval_s(offsets))

    @classmethod
    def starting(cls, k0: int, now: float, offsets_s: NDArray[np.float64]) -> Self:
        """The schedule in which position k0 is due ``now``."""
        return cls(now - cls(0.0, offsets_s).due(k0), offsets_s)

    @property
    def is_paced(self) -> bool:
        """Whether there is any time to keep to: always."""
        return True

    def due(self, k: int) -> float:
        """When position k (0, 1, ...) is due, seconds on the same clock."""
        times, place = divmod(k, len(self.offsets_s))
        return self.t0 + times * self._period_s + float(self.offsets_s[place])

    def wait(self, k: int, now: float) -> float:
        """Seconds from ``now`` until position k is due; 0 when it is due already."""
        return max(0.0, self.due(k) - now)

    def lateness(self, k: int, now: float) -> float:
        """Seconds by which ``now`` is past the time at which position k was due."""
        return now - self.due(k)


def mean_interval_s(offsets_s: NDArray[np.float64]) -> float:
    """The mean time between recorded frames, seconds; 0.1 where there is one frame only."""
    if len(offsets_s) == 1:
        return ONE_FRAME_INTERVAL_S
    return float(offsets_s[-1]) / (len(offsets_s) - 1)


def recorded_fps(offsets_s: NDArray[np.float64]) -> float:
    """The mean rate of a recording, frames a second: what its sessions are announced with.

    It is 0 where all frames were sent at the same instant.
    """
    interval = mean_interval_s(offsets_s)
    return min(MAX_FPS, 1 / interval) if interval else 0.0


def pace_from(
    k0: int, now: float, *, fps: float, offsets_s: NDArray[np.float64] | None = None
) -> Pace:
    """The schedule of a session that begins, or goes on, at position k0, which is due ``now``.

    A session announced with exactly the recording's own rate keeps the recording's times; any
    other rate, 0 too, overrides them. So the ledger's ``fps`` alone tells after a restart.

    Args:
        k0: the position to begin with.
        now: of a monotonic clock, seconds.
        fps: the session's rate, frames a second.
        offsets_s: the times of the recording that is played, if it is one.

    Raises:
        DataError: the recording's times go back.
    """
    if offsets_s is not None and fps and fps == recorded_fps(offsets_s):
        return RecordedSchedule.starting(k0, now, offsets_s)
    return Schedule.starting(k0, now, fps)
