"""Faults on demand: which frames are dropped, delayed, damaged or cut off, decided by a seed alone.

Every fault is one that a consumer repairs by resuming: a dropped frame is a gap, a damaged one has
a wrong checksum, a reset is a lost connection. Nothing is decided by time or chance of the moment:
the same seed does the same to the same frame of the same epoch of every session. A resumed session
has a new epoch, so that it does not meet the same fault at the same frame for ever.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NoReturn

from shared.errors import SettingsError
from shared.frames import HEADER_BYTES

MAX_DELAY_S = 60.0
WHERE = "option --chaos or CATWALK_CHAOS"
EXAMPLE = "drop=0.01,delay=50ms,reset=0.001,corrupt=0.0005,stall=0.001:2s"

_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_SHARE = re.compile(_NUMBER)
_DURATION = re.compile(f"({_NUMBER})(ms|s)")
_DRAWS = struct.Struct("<3Q")
_KEY = struct.Struct("<QQ")
_ROUNDING = 1e-9
_WORD = 2.0**53


class Action(StrEnum):
    """What is done with a frame.

    ============  ============================================================
    ``send``      it is sent as it is
    ``drop``      it is not sent, as if it had been
    ``reset``     in place of sending it, the connection is cut without a close
    ``corrupt``   it is sent with one bit of its pixels turned over
    ============  ============================================================
    """

    SEND = "send"
    DROP = "drop"
    RESET = "reset"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class ChaosSpec:
    """How likely each fault is.

    Args:
        drop: share of the frames that are dropped, 0..1.
        reset: share of the frames at which the connection is cut, 0..1.
        corrupt: share of the frames that are damaged, 0..1; the four shares make at most 1.
        stall: share of the frames that wait for ``stall_s``, 0..1.
        delay_s: every frame waits for a time drawn evenly from 0 to this, seconds, 0..60.
        stall_s: how long a stall is, seconds, 0..60.

    Raises:
        SettingsError: a figure is out of range.
    """

    drop: float = 0.0
    reset: float = 0.0
    corrupt: float = 0.0
    stall: float = 0.0
    delay_s: float = 0.0
    stall_s: float = 0.0

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            highest = MAX_DELAY_S if part.name.endswith("_s") else 1.0
            if not 0 <= value <= highest:
                _fail(part.name.removesuffix("_s"), f"0..{highest:g}", value)
        total = self.drop + self.reset + self.corrupt + self.stall
        if total > 1 + _ROUNDING:
            _fail("sum of the shares", "at most 1", total)

    def __str__(self) -> str:
        """The specification as ``parse_chaos`` reads it; "" where there is no fault at all."""
        return ",".join(self._parts())

    def _parts(self) -> Iterator[str]:
        for name in ("drop", "reset", "corrupt"):
            if share := getattr(self, name):
                yield f"{name}={share!r}"
        if self.stall or self.stall_s:
            yield f"stall={self.stall!r}:{self.stall_s!r}s"
        if self.delay_s:
            yield f"delay={self.delay_s!r}s"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What to do with one frame.

    Args:
        action: what to do with it.
        delay_s: how long to wait before, seconds.
        draw: a number of 64 random bits that chooses the bit to turn over.
        faults: the names under which it is counted.
    """

    action: Action
    delay_s: float
    draw: int
    faults: tuple[str, ...] = ()

    def damaged(self, message: bytes) -> bytes:
        """A frame's message with one bit of its pixels turned over; the header stays whole."""
        place, bit = divmod(self.draw % (8 * (len(message) - HEADER_BYTES)), 8)
        spoilt = bytearray(message)
        spoilt[HEADER_BYTES + place] ^= 1 << bit
        return bytes(spoilt)


_UNDISTURBED = Disturbance(Action.SEND, 0.0, 0)


class Chaos:
    """Decides for the frames of one epoch of a session what is done with them.

    Args:
        spec: how likely each fault is.
        seed: 0..2**64-1; the same seed gives the same faults.
        epoch: which connection of the session this is.
        injected: faults of earlier epochs by name, to count on from.
    """

    def __init__(
        self, spec: ChaosSpec, *, seed: int, epoch: int, injected: Mapping[str, int] | None = None
    ) -> None:
        self._spec = spec
        self._is_quiet = not str(spec)
        self._key = _KEY.pack(seed % 2**64, epoch)
        self.injected = dict(injected or {})

    def next(self, sequence: int) -> Disturbance:
        """What is to be done with the frame of this sequence number; see ``count``."""
        if self._is_quiet:
            return _UNDISTURBED
        digest = hashlib.blake2b(
            sequence.to_bytes(8, "little"), key=self._key, digest_size=_DRAWS.size
        )
        kind, wait, draw = _DRAWS.unpack(digest.digest())
        fault = self._fault(_share_of(kind))
        delay_s = self._spec.delay_s * _share_of(wait)
        names = tuple(name for name in (fault, "delay" if delay_s else "") if name)
        if fault == "stall":
            return Disturbance(Action.SEND, delay_s + self._spec.stall_s, draw, names)
        return Disturbance(Action(fault) if fault else Action.SEND, delay_s, draw, names)

    def count(self, done: Disturbance) -> None:
        """Count the faults of a frame, which are done."""
        for name in done.faults:
            self.injected[name] = self.injected.get(name, 0) + 1

    def _fault(self, drawn: float) -> str:
        """Which fault a number in 0..1 stands for; "" for none."""
        for name in ("drop", "reset", "corrupt", "stall"):
            share = getattr(self._spec, name)
            if drawn < share:
                return name
            drawn -= share
        return ""


def parse_chaos(text: str) -> ChaosSpec:
    """Read a specification such as ``drop=0.01,delay=50ms,reset=0.001,corrupt=0.0005``.

    ``drop``, ``reset`` and ``corrupt`` take a share of the frames, 0..1; ``delay`` the longest
    delay in ``ms`` or ``s``; ``stall`` both, as in ``stall=0.001:2s``. Each may be given once.

    Raises:
        SettingsError: a part is unknown, repeated, not of its form, or out of range.
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        read = _read(name, value.strip().lower(), part)
        if found.keys() & read.keys():
            _fail(name, "each fault once", repr(text))
        found |= read
    return ChaosSpec(**found)


def _read(name: str, value: str, part: str) -> dict[str, float]:
    if name in ("drop", "reset", "corrupt"):
        return {name: _share(name, value)}
    if name == "delay":
        return {"delay_s": _seconds(name, value)}
    if name == "stall":
        share, _, duration = value.partition(":")
        return {"stall": _share(name, share), "stall_s": _seconds(name, duration)}
    raise SettingsError("unknown fault", where=WHERE, expected=EXAMPLE, got=repr(part))


def _share_of(draw: int) -> float:
    """64 random bits as a number of 0 to 1, 1 not among them."""
    return (draw >> 11) / _WORD


def _share(name: str, value: str) -> float:
    if not _SHARE.fullmatch(value):
        _fail(name, f"a share of the frames, 0..1, as in {EXAMPLE}", repr(value))
    return float(value)


def _seconds(name: str, value: str) -> float:
    found = _DURATION.fullmatch(value)
    if found is None:
        _fail(name, f"a time in ms or s, as in {EXAMPLE}", repr(value))
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _fail(name: str, expected: str, got: object) -> NoReturn:
    raise SettingsError(f"wrong {name}", where=WHERE, expected=expected, got=got)
