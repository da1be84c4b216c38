"""Places that only root can make: a small disk, a network of its own whose packets can be lost."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.values import NotPossible


def run_as_root(*command: str) -> None:
    """Run a command of the system.

    Raises:
        NotPossible: this process is not root's, or the command is missing or fails.
    """
    if os.geteuid() != 0:
        raise NotPossible(f"`{command[0]}` needs root")
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotPossible(f"`{' '.join(command)}`: {getattr(error, 'stderr', error)}") from error


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Path]:
    """A disk of this size in memory, mounted at ``folder`` while the block runs.

    Raises:
        NotPossible: this process may not mount.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_as_root("mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "catwalk", str(folder))
    try:
        yield folder
    finally:
        run_as_root("umount", "-l", str(folder))


def set_writable(disk: Path, writable: bool) -> None:
    """Mount a disk again, for reading only or for writing too."""
    run_as_root("mount", "-o", "remount,rw" if writable else "remount,ro", str(disk))


def fill(disk: Path) -> Path:
    """Write a file until the disk is full."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            return ballast


class Network:
    """A network of this machine alone, with nothing in it but the loopback device.

    Args:
        name: of the namespace.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def prefix(self) -> tuple[str, ...]:
        """What to put before a command that is to run in it."""
        return ("ip", "netns", "exec", self.name)

    def lose(self, share: float) -> None:
        """From now on this share of all TCP packets is lost; 1 cuts the cable."""
        self.heal()
        rule = ["iptables", "-A", "INPUT", "-p", "tcp", "-j", "DROP"]
        if share < 1:
            rule += ["-m", "statistic", "--mode", "random", "--probability", str(share)]
        run_as_root(*self.prefix, *rule)

    def heal(self) -> None:
        """From now on nothing is lost."""
        run_as_root(*self.prefix, "iptables", "-F", "INPUT")


@contextmanager
def network() -> Iterator[Network]:
    """A network namespace, gone with all its rules after the block.

    Raises:
        NotPossible: this process may not make one.
    """
    made = Network(f"catwalk-{secrets.token_hex(4)}")
    run_as_root("ip", "netns", "add", made.name)
    try:
        run_as_root(*made.prefix, "ip", "link", "set", "lo", "up")
        yield made
    finally:
        run_as_root("ip", "netns", "del", made.name)
