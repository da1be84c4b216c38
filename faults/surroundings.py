"""The environment, ports and figures of processes on this machine."""

from __future__ import annotations

import os
import random
import socket
from dataclasses import dataclass
from pathlib import Path

POSTGRES = os.environ.get("CATWALK_TEST_POSTGRES", "")
"""URL of a server on which databases may be made; read once, tests take it from the environment."""
POSTGRES_RESTART = os.environ.get("CATWALK_TEST_POSTGRES_RESTART", "")
"""A command that restarts that server as a crash would."""
ESTABLISHED = "01"
LOOPBACK = "127.0.0.1"
PORTS = range(18_000, 32_000)
"""Below the ports that outgoing connections take: whoever knocks at a dead service's port must
not happen to connect to itself."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of a service: this one's without Catwalk's settings and without coverage.

    A process that is killed at any instant would leave damaged coverage data behind.
    """
    dropped = ("CATWALK_", "COVERAGE_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, **changes}


def free_port(*, other_than: int = 0) -> int:
    """A port of this machine on which nobody listens."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(PORTS)
        if port != other_than and all(_is_free(host, port) for host in (LOOPBACK, "127.0.0.2")):
            return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def connections(port: int) -> int:
    """How many connections to this port of this machine are established."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split() for line in lines)
    return sum(row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds at one moment.

    Args:
        resident: bytes of memory.
        peak: the most bytes of memory so far.
        descriptors: open files and sockets.
        threads: its threads.
    """

    resident: int
    peak: int
    descriptors: int
    threads: int


def usage(pid: int) -> Usage:
    """What a process of this machine holds now.

    Raises:
        OSError: there is no such process.
    """
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return Usage(
        resident=int(fields["VmRSS"].split()[0]) * 1024,
        peak=int(fields["VmHWM"].split()[0]) * 1024,
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
        threads=int(fields["Threads"]),
    )
