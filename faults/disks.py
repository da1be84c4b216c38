"""What a disk holds after a power cut: what was synced, and of the rest whatever had luck."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from faults.calls import Call, Sync, Truncate, Unlink, Write

SECTOR = 512


class Cut(StrEnum):
    """What happens to writes that were not synced.

    ``lost``: none arrives; ``reordered``: any of them do; ``torn``: the first ones do, and of the
    next the first sectors.
    """

    LOST = "lost"
    REORDERED = "reordered"
    TORN = "torn"


@dataclass(slots=True)
class _File:
    """A file: what is on the disk (None: not even its name), and what is not yet."""

    durable: bytes | None = None
    pending: list[Write | Truncate] = field(default_factory=list)
    unlinked: bool = False


class Disk:
    """Remembers what was written and what was synced.

    A new file's name is on the disk when the file was synced; so it is with journalling file
    systems.
    """

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}

    def apply(self, call: Call) -> None:
        """The next call took effect."""
        if isinstance(call, (Write, Truncate)):
            file = self._files.setdefault(call.path, _File())
            if file.unlinked:
                file = self._files[call.path] = _File()
            file.pending.append(call)
        elif isinstance(call, Unlink) and call.path in self._files:
            self._files[call.path].unlinked = True
        elif isinstance(call, Sync):
            self._sync(call.path)

    def after(self, cut: Cut, chance: random.Random) -> dict[str, bytes]:
        """The files that a cut of the power leaves, by path."""
        left = {path: _left(file, cut, chance) for path, file in sorted(self._files.items())}
        return {path: content for path, content in left.items() if content is not None}

    def _sync(self, path: str) -> None:
        for name, file in list(self._files.items()):
            if file.unlinked and name.rpartition("/")[0] == path:
                del self._files[name]
        if path in self._files:
            file = self._files[path]
            file.durable = _applied(file.durable or b"", file.pending)
            file.pending = []


def _left(file: _File, cut: Cut, chance: random.Random) -> bytes | None:
    if file.unlinked and cut is not Cut.LOST and chance.random() < 0.5:
        return None
    if cut is Cut.LOST:
        lucky: list[Write | Truncate] = []
    elif cut is Cut.REORDERED:
        lucky = [call for call in file.pending if chance.random() < 0.5]
    else:
        lucky = _torn(file.pending, chance)
    if file.durable is None and not lucky:
        return None
    return _applied(file.durable or b"", lucky)


def _torn(pending: list[Write | Truncate], chance: random.Random) -> list[Write | Truncate]:
    if not pending:
        return []
    whole = chance.randrange(len(pending))
    last = pending[whole]
    if not isinstance(last, Write):
        return pending[:whole]
    sectors = chance.randint(0, len(last.data) // SECTOR)
    return [*pending[:whole], Write(last.path, last.offset, last.data[: sectors * SECTOR])]


def _applied(content: bytes, calls: Iterable[Write | Truncate]) -> bytes:
    image = bytearray(content)
    for call in calls:
        if isinstance(call, Truncate):
            del image[call.size :]
            image.extend(bytes(call.size - len(image)))
        else:
            image.extend(bytes(max(0, call.offset + len(call.data) - len(image))))
            image[call.offset : call.offset + len(call.data)] = call.data
    return bytes(image)
