"""What a connection can be made to suffer; named as in toxiproxy, and decided without I/O."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from faults.messages import MessageCounter


class End(StrEnum):
    """How a connection is ended: with FIN, with RST, or not at all while nothing passes."""

    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes on their way.

    Args:
        data: at least one, or none where only ``end`` counts.
        due: when they may be passed on, seconds on the proxy's clock.
        end: what then happens to the connection.
    """

    data: bytes
    due: float
    end: End | None = None


class Toxic(Protocol):
    """Changes what passes in one direction of one connection."""

    def shape(self, piece: Piece) -> Iterable[Piece]:
        """What becomes of a piece."""


class Latency:
    """Delays everything; the order stays.

    Args:
        delay_s: by how much.
        jitter_s: by how much more or less, at most.
        chance: where the jitter is drawn from.
    """

    def __init__(self, delay_s: float, *, jitter_s: float, chance: random.Random) -> None:
        self._delay_s = delay_s
        self._jitter_s = jitter_s
        self._chance = chance
        self._last = 0.0

    def shape(self, piece: Piece) -> Iterable[Piece]:
        """The same, later."""
        delay = self._delay_s + self._chance.uniform(-self._jitter_s, self._jitter_s)
        self._last = max(self._last, piece.due + delay)
        return (replace(piece, due=self._last),)


class Bandwidth:
    """Lets so many bytes a second pass."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._free = 0.0

    def shape(self, piece: Piece) -> Iterable[Piece]:
        """The same, when the line is free."""
        self._free = max(self._free, piece.due) + len(piece.data) / self._bytes_per_s
        return (replace(piece, due=self._free),)


class SlowClose:
    """Delays the end of the connection."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    def shape(self, piece: Piece) -> Iterable[Piece]:
        """The same; an end comes later."""
        return (replace(piece, due=piece.due + self._delay_s) if piece.end else piece,)


class Timeout:
    """Swallows everything, and closes the connection some time after the first byte."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._began = False

    def shape(self, piece: Piece) -> Iterable[Piece]:
        """At first an end that comes later, then nothing."""
        if self._began:
            return ()
        self._began = True
        return (Piece(b"", piece.due + self._after_s, End.CLOSE),)


class ResetPeer:
    """Resets the connection some time after the first byte; until then all passes."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._at: float | None = None

    def shape(self, piece: Piece) -> Iterator[Piece]:
        """The same while there is time; a reset after it."""
        if self._at is None:
            self._at = piece.due + self._after_s
        if piece.due < self._at:
            yield piece
        else:
            yield Piece(b"", self._at, End.RESET)


class Slicer:
    """Cuts everything into small pieces.

    Args:
        size: about how many bytes a piece has.
        delay_s: how much later each is than the one before it.
        chance: where the sizes are drawn from, half to one and a half times ``size``.
    """

    def __init__(self, size: int, *, delay_s: float, chance: random.Random) -> None:
        self._size = size
        self._delay_s = delay_s
        self._chance = chance
        self._last = 0.0

    def shape(self, piece: Piece) -> Iterator[Piece]:
        """Slices of it, in order."""
        at = 0
        while at < len(piece.data):
            size = max(1, round(self._size * self._chance.uniform(0.5, 1.5)))
            self._last = max(self._last + self._delay_s, piece.due)
            yield Piece(piece.data[at : at + size], self._last)
            at += size
        if piece.end:
            yield Piece(b"", max(self._last, piece.due), piece.end)


class LimitData:
    """Lets so many bytes pass, then closes the connection."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def shape(self, piece: Piece) -> Iterator[Piece]:
        """As much of it as there is room for."""
        if len(piece.data) < self._left:
            self._left -= len(piece.data)
            yield piece
        else:
            yield Piece(piece.data[: self._left], piece.due, End.CLOSE)
            self._left = 0


class ResetAtMessage:
    """Resets the connection within the n-th WebSocket message.

    Args:
        message: its number, from 1.
        torn: how many bytes of it still pass.
    """

    def __init__(self, message: int, *, torn: int = 0) -> None:
        self._message = message
        self._torn = torn
        self._counter = MessageCounter()

    def shape(self, piece: Piece) -> Iterator[Piece]:
        """The same, up to that message."""
        at = self._counter.split_at(piece.data, self._message)
        if at is None:
            yield piece
        else:
            yield Piece(piece.data[: at + self._torn], piece.due, End.RESET)


def shaped(piece: Piece, toxics: Iterable[Toxic]) -> list[Piece]:
    """What becomes of a piece that passes all toxics, in order."""
    pieces = [piece]
    for toxic in toxics:
        pieces = [after for before in pieces for after in toxic.shape(before)]
    return pieces
