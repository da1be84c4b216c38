"""What a bare client wants and what it remembers, and the results that fit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from shared.digests import ContentDigest

CLASSES = ("dark", "grey", "bright")
CONFIDENCE = 0.5
_HISTOGRAM_BINS = 20

Said = dict[str, Any]
"""A message of the session channel."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for, and from where.

    Args:
        consumer: its name.
        frames: of its session.
        fps: their pace, 0 for as fast as possible.
        delivery: "every" or "newest".
        host: the address of this machine that it connects from.
        run: how many frames it gathers before it sends their predictions.
    """

    consumer: str = "client"
    frames: int = 20
    fps: float = 0.0
    delivery: str = "every"
    host: str = "127.0.0.1"
    run: int = 64


@dataclass(slots=True)
class Accounts:
    """What a client remembers of its session; kept by whoever wants to come back to it.

    Args:
        crcs: of the frames, in order.
        labels: that it gave them.
        acknowledged: how many frames it was told are stored.
        wire: frames that arrived, repeated ones among them.
        connections: how often it fetched the stream.
    """

    crcs: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    acknowledged: int = 0
    wire: int = 0
    connections: int = 0

    def forget_from(self, first: int) -> None:
        """Frames from this one on will come again."""
        del self.crcs[first:], self.labels[first:]


def results(session: str, accounts: Accounts, counts: Said) -> Said:
    """The results that fit a client's accounts.

    Args:
        session: its name.
        accounts: of it.
        counts: what is to be other than fitting.
    """
    frames = len(accounts.labels)
    digest = ContentDigest()
    digest.update(accounts.crcs)
    labels = Counter(accounts.labels)
    histogram = [0] * _HISTOGRAM_BINS
    histogram[int(CONFIDENCE * _HISTOGRAM_BINS)] = frames
    wire = {"frames": accounts.wire, "connections": accounts.connections}
    fitting = {"received": frames, "classified": frames, "digest": digest.hexdigest(), "wire": wire}
    summary = {"model": "bare", "classes": CLASSES, "frames": frames}
    summary |= {"counts": [labels[k] for k in range(len(CLASSES))]}
    summary |= {"confidence_histogram": histogram}
    summary |= {"mean_confidence": CONFIDENCE} if frames else {}
    return {
        "type": "results",
        "session": session,
        "counts": fitting | counts,
        "summary": summary,
    }
