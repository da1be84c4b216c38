"""Reads what strace recorded: which bytes a service wrote, synced and sent, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CALLS = "pwrite64,ftruncate,fdatasync,fsync,unlink,sendto"
"""What must be recorded, with payload."""
_UNFINISHED = " <unfinished ...>"
_LINE = re.compile(r"(\d+) +(.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_BYTES = r'"((?:\\x[0-9a-f]{2})*)"'
_FD = r"\d+<((?:\\x[0-9a-f]{2})*)>"
_WRITE = re.compile(rf"pwrite64\({_FD}, {_BYTES}, \d+, (\d+)\) += (\d+)")
_TRUNCATE = re.compile(rf"ftruncate\({_FD}, (\d+)\) += 0")
_SYNC = re.compile(rf"f(?:data)?sync\({_FD}\) += 0")
_UNLINK = re.compile(rf"unlink\({_BYTES}\) += 0")
_SEND = re.compile(rf"sendto\({_FD}, {_BYTES}")


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes written to a file at an offset; in the cache until the file is synced."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file was given this size."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to the file, or its folder's entries, are on the disk."""

    path: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """A file lost its name."""

    path: str


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes began to leave the machine."""

    data: bytes


Call = Write | Truncate | Sync | Unlink | Send


def read_calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls that succeeded, in the order in which they took effect.

    A send takes effect when it begins, everything else when it has returned.

    Args:
        lines: of a recording with ``-f -y -xx``.
    """
    begun: dict[str, str] = {}
    for line in lines:
        match = _LINE.match(line.rstrip("\n"))
        if match is None:
            continue
        thread, text = match.groups()
        resumed = _RESUMED.match(text)
        if resumed is not None:
            text = begun.pop(thread, "") + resumed[1]
            if text.startswith("sendto"):
                continue
        if text.endswith(_UNFINISHED):
            text = text.removesuffix(_UNFINISHED)
            begun[thread] = text
        call = _call(text)
        if call is not None:
            yield call


def _call(text: str) -> Call | None:
    """The call of one whole line, or of the beginning of a send."""
    if match := _WRITE.match(text):
        return Write(_path(match[1]), int(match[3]), _plain(match[2])[: int(match[4])])
    if match := _TRUNCATE.match(text):
        return Truncate(_path(match[1]), int(match[2]))
    if match := _SYNC.match(text):
        return Sync(_path(match[1]))
    if match := _UNLINK.match(text):
        return Unlink(_path(match[1]))
    if match := _SEND.match(text):
        return Send(_plain(match[2]))
    return None


def _plain(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _path(escaped: str) -> str:
    return _plain(escaped).decode("utf-8", "surrogateescape")
