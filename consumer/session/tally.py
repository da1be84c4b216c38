"""What all connections of a session come to, added up."""

from __future__ import annotations

from dataclasses import dataclass

from shared.reports import ConsumerWire, QueueUse


@dataclass(slots=True)
class Tally:
    """Numbers of the wire and of both queues over all connections.

    Args:
        wire: what was seen on the wire.
        frames_queue: how the queue before the analyst was used.
        results_queue: how the queue after it was used.
    """

    wire: ConsumerWire = ConsumerWire()
    frames_queue: QueueUse = QueueUse()
    results_queue: QueueUse = QueueUse()

    def plus(self, wire: ConsumerWire, frames: QueueUse, results: QueueUse) -> Tally:
        """The same with another connection."""
        return Tally(
            wire=ConsumerWire(
                **{
                    name: count + getattr(wire, name)
                    for name, count in self.wire.model_dump().items()
                }
            ),
            frames_queue=_joined(self.frames_queue, frames),
            results_queue=_joined(self.results_queue, results),
        )

    def add(self, wire: ConsumerWire, frames: QueueUse, results: QueueUse) -> None:
        """Add a connection."""
        sums = self.plus(wire, frames, results)
        self.wire = sums.wire
        self.frames_queue = sums.frames_queue
        self.results_queue = sums.results_queue


def _joined(one: QueueUse, other: QueueUse) -> QueueUse:
    return QueueUse(
        capacity=max(one.capacity, other.capacity),
        high_water=max(one.high_water, other.high_water),
        waits=one.waits + other.waits,
    )
