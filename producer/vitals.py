"""Whether the producer does its work, judged from one moment's figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "stopping", "degraded", "stalled", "dead"]

STALL_S = 10.0
"""How long an operation may wait for the ledger's writer while none is completed."""
IDLE_S = 10.0
"""How long a session may send nothing while a frame could go: the slowest send is cut before."""


@dataclass(frozen=True, slots=True)
class WriterPulse:
    """The ledger's writer at one moment.

    Args:
        alive: its thread lives.
        waiting_s: seconds for which the oldest operation that it has in hand waits; 0 where it has
            none.
        quiet_s: seconds since it last completed an operation, well or not, or a try of one failed;
            since it began where there was none.
        failing: why the database takes nothing at present; empty where it is well.
    """

    alive: bool
    waiting_s: float
    quiet_s: float
    failing: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the producer's health is judged by.

    Args:
        writer: of the ledger.
        idle_s: for each live session, by name, the seconds for which its next frame could have
            been sent and nothing was; 0 where it is well.
        stopping: whether the producer was told to stop.
    """

    writer: WriterPulse
    idle_s: Mapping[str, float]
    stopping: bool


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe is told.

    Args:
        status: the gravest of what was found.
        sessions: how many are live.
        reasons: why the status is not "ok", in words, the gravest first.
    """

    status: Status
    sessions: int
    reasons: tuple[str, ...]

    @property
    def serves(self) -> bool:
        """Whether a consumer that comes now is served."""
        return self.status == "ok"

    def document(self) -> dict[str, object]:
        """The same as one object for JSON."""
        return {"status": self.status, "sessions": self.sessions, "reasons": list(self.reasons)}


def judge(snapshot: Snapshot) -> Health:
    """The producer's health at this moment."""
    findings = tuple(_findings(snapshot))
    status: Status = findings[0][0] if findings else "ok"
    return Health(status, len(snapshot.idle_s), tuple(reason for _, reason in findings))


def _findings(snapshot: Snapshot) -> Iterator[tuple[Status, str]]:
    """What is wrong, the gravest first."""
    writer = snapshot.writer
    if not writer.alive:
        yield "dead", "the ledger's writer thread has died"
    stalled_s = min(writer.waiting_s, writer.quiet_s)
    if stalled_s > STALL_S:
        yield "stalled", (
            f"the ledger's writer has completed nothing for {stalled_s:.0f} s while operations wait"
        )
    for session, seconds in snapshot.idle_s.items():
        if seconds > IDLE_S:
            yield "stalled", (
                f"session {session} has sent nothing for {seconds:.0f} s while a frame is due"
            )
    if writer.failing:
        yield "degraded", f"the ledger's database fails: {writer.failing}"
    if snapshot.stopping:
        yield "stopping", "the producer was told to stop"
