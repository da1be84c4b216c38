"""Harm done inside a consumer before it starts: a slow, raising or dying classifier, a clock."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

SABOTAGED = b'{"event":"sabotaged"}\n'
"""The line in the log of the one to whom it was done."""
Blow = Literal["", "raise", "die", "hang"]


@dataclass(frozen=True, slots=True)
class Sabotage:
    """What to do to a consumer.

    Args:
        slow_s: how much longer each frame takes to classify, seconds.
        blow: what the classifier does at ``at``: it raises, its thread dies without a word, or it
            hangs for ever.
        at: the batch of frames, from 1.
        clock_s: by how much the system's clock jumps at SIGUSR1, seconds.
    """

    slow_s: float = 0.0
    blow: Blow = ""
    at: int = 0
    clock_s: float = 0.0

    def plain(self) -> dict[str, Any]:
        """The same as one object for JSON."""
        return asdict(self)


def sabotage(harm: Sabotage) -> None:
    """Do the harm to this process."""
    if harm.clock_s:
        set_clock_at_signal(harm.clock_s)
    if harm.slow_s or harm.blow:
        _spoil_classifier(harm)


def set_clock_at_signal(by_s: float) -> None:
    """Let ``time.time`` and ``time.time_ns`` jump at SIGUSR1, as if someone had set the clock.

    To be called before anyone can have taken hold of these functions. The jump waits for a signal,
    because whatever reads the clock once, at its start, must have done so.
    """
    seconds, nanoseconds, ahead = time.time, time.time_ns, [0.0]
    time.time = lambda: seconds() + ahead[0]
    time.time_ns = lambda: nanoseconds() + int(ahead[0] * 1e9)
    signal.signal(signal.SIGUSR1, lambda *_: ahead.__setitem__(0, by_s))


def _spoil_classifier(harm: Sabotage) -> None:
    from consumer.classifier.inference import Classifier

    make: Callable[..., None] = Classifier.__init__
    classify: Callable[..., Any] = Classifier.classify
    is_made = False
    batches = 0

    def made(self: Classifier, *given: Any, **named: Any) -> None:
        nonlocal is_made
        # It warms up meanwhile, before there is a session.
        make(self, *given, **named)
        is_made = True

    def spoiled(self: Classifier, images: Any) -> Any:
        nonlocal batches
        batches += is_made
        if batches == harm.at and harm.blow:
            os.write(sys.stderr.fileno(), SABOTAGED)
            _strike(harm.blow)
        time.sleep(harm.slow_s * len(images))
        return classify(self, images)

    setattr(Classifier, "__init__", made)
    setattr(Classifier, "classify", spoiled)


def _strike(blow: Blow) -> None:
    if blow == "raise":
        raise RuntimeError("sabotaged")
    if blow == "die":
        # No `except Exception` stops this: it is as near to murder as a Python thread can come.
        raise SystemExit("sabotaged")
    if blow == "hang":
        time.sleep(3600)
