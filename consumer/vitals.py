"""Whether a session makes progress: which stage passes on nothing although frames wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Status = Literal["ok", "stalled", "dead"]
Phase = Literal["loading", "connecting", "playing", "resuming", "reporting"]

STALL_S = 30.0
"""How long a stage may pass on nothing while frames wait for it."""
GAP_S = 5.0
"""How much of the time between two looks counts at most: who was frozen has not stalled."""
STAGES = {
    "sent": ("the producer", "sent"),
    "received": ("the receiver", "passed on"),
    "classified": ("the analyst", "passed on"),
    "reported": ("the desk", "reported"),
    "stored": ("the producer", "acknowledged"),
}
"""A frame's way: what is counted at each stage, who the stage is, and what it does to a frame.

Nothing waits for the first stage; what it has passed on waits for the second, and so on.
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One stage at one moment.

    Args:
        passed: frames that it has passed on so far.
        end: how many it is to pass on in all, where that was agreed on; None for all that come.
        dead: its thread is gone and has not ended what it feeds, as every regular end does.
        failure: the error that its thread has ended with; empty where there was none.
    """

    passed: int = 0
    end: int | None = None
    dead: bool = False
    failure: str = ""


Pulses = Mapping[str, Pulse]
"""The pulse of every one of ``STAGES``, by its name there."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe is told.

    Args:
        status: "dead" where a stage died or failed, "stalled" where one passes on nothing.
        phase: what the consumer is doing.
        session: the session's name; None where there is none yet.
        counts: frames passed on by each of ``STAGES``.
        reasons: why the status is not "ok", in words.
    """

    status: Status
    phase: Phase
    session: str | None
    counts: Mapping[str, int]
    reasons: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """The same as one flat object for JSON."""
        return {
            "status": self.status,
            "phase": self.phase,
            "session": self.session,
            **self.counts,
            "reasons": list(self.reasons),
        }


class Vitals:
    """Judges a session's progress by looking at its stages from time to time.

    A stage has stalled when, from look to look, frames have waited for it and its count has stood
    still. Where nothing waits there is nothing to pass on, however long the next frame may take.

    Args:
        limit: seconds that a stage may pass on nothing while frames wait for it.
    """

    def __init__(self, *, limit: float = STALL_S) -> None:
        self._limit = limit
        self._phase: Phase = "loading"
        self._session: str | None = None
        self._read: Callable[[], Pulses] = lambda: dict.fromkeys(STAGES, Pulse())
        self._waits: Mapping[str, _Wait] = dict.fromkeys(STAGES, _Wait())
        self._looked: float | None = None

    def enter(self, phase: Phase) -> None:
        """Say what the consumer is doing from now on."""
        self._phase = phase

    def follow(self, session: str, read: Callable[[], Pulses]) -> None:
        """Look at this session from now on, which is being played.

        Args:
            session: its name.
            read: gives its stages' pulses of the moment.
        """
        self._phase = "playing"
        self._session = session
        self._read = read

    def look(self, now: float) -> Health:
        """Look at the stages, and judge.

        Args:
            now: seconds of a clock that is never set.
        """
        pulses = self._read()
        step = 0.0 if self._looked is None else min(now - self._looked, GAP_S)
        self._looked = now
        self._waits = _waited(self._waits, pulses, step)
        faults, stalls = tuple(_faults(pulses)), tuple(self._stalls())
        return Health(
            status="dead" if faults else "stalled" if stalls else "ok",
            phase=self._phase,
            session=self._session,
            counts={name: pulses[name].passed for name in STAGES},
            reasons=faults + stalls,
        )

    def _stalls(self) -> Iterator[str]:
        for name, wait in self._waits.items():
            who, does = STAGES[name]
            if wait.frames and wait.seconds >= self._limit:
                frames = "1 frame waits" if wait.frames == 1 else f"{wait.frames} frames wait"
                yield f"{who} has {does} nothing for {wait.seconds:.0f} s while {frames}"


@dataclass(frozen=True, slots=True)
class _Wait:
    """For how many seconds a stage's count has stood while frames waited for it."""

    passed: int = 0
    frames: int = 0
    seconds: float = 0.0

    def then(self, passed: int, frames: int, step: float) -> _Wait:
        """The same at the next look, ``step`` seconds later."""
        # Frames that came since the last look may have come just now: nobody has waited yet.
        stood = self.frames > 0 and frames > 0 and passed == self.passed
        return _Wait(passed, frames, self.seconds + step if stood else 0.0)


def _waited(waits: Mapping[str, _Wait], pulses: Pulses, step: float) -> dict[str, _Wait]:
    found: dict[str, _Wait] = {}
    for before, name in pairwise(STAGES):
        arrived, pulse = pulses[before].passed, pulses[name]
        due = arrived if pulse.end is None else min(arrived, pulse.end)
        # The pulses are not of the same instant: a later stage may seem to be ahead.
        found[name] = waits[name].then(pulse.passed, max(0, due - pulse.passed), step)
    return found


def _faults(pulses: Pulses) -> Iterator[str]:
    told = ""
    for name, (who, _) in STAGES.items():
        pulse = pulses[name]
        if pulse.dead:
            yield f"{who}'s thread has died"
        # An error is handed on from stage to stage: it is told of the first that has it.
        if pulse.failure not in ("", told):
            told = pulse.failure
            yield f"{who} has ended with an error: {told}"
