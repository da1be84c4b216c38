"""When each frame is due: ``t0 + k / fps`` on a monotonic clock, so that lateness never adds up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times at which frames are due.

    Args:
        t0: when frame 0 is due, seconds on a monotonic clock.
        fps: frames a second; 0 means that every frame is due at once.
    """

    t0: float
    fps: float

    def due(self, k: int) -> float:
        """When frame k (0, 1, ...) is due, seconds on the same clock."""
        return self.t0 + k / self.fps if self.fps else self.t0

    def wait(self, k: int, now: float) -> float:
        """Seconds from ``now`` until frame k is due; 0 when it is due already."""
        return max(0.0, self.due(k) - now)

    def lateness(self, k: int, now: float) -> float:
        """Seconds by which ``now`` is past the time at which frame k was due; at fps 0 always 0."""
        return now - self.due(k) if self.fps else 0.0
