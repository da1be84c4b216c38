"""The limits that a child process sets on itself before it looks at what a user has given."""

from __future__ import annotations

import math
import os
import resource
from contextlib import suppress
from pathlib import Path

from producer.intake.formats import Kind
from producer.intake.job import Job

OPEN_FILES = 64
HEADERS_BYTES = 2**26
"""Room for what is written beside the pixels: labels, names, headers."""
_GRACE_S = 2


def confine(job: Job) -> None:
    """Limit this process's memory, processor time, files and children; there is no way back.

    What the process has already taken, by its imports, is not counted. A limit that the system
    does not have is left out.
    """
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    seconds = math.ceil(spent + job.seconds)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, job.limits.pixel_bytes + HEADERS_BYTES)
    _limit(resource.RLIMIT_CPU, seconds, grace=_GRACE_S)
    if job.kind is not Kind.VIDEO:
        # FFmpeg decodes with threads, which count as processes.
        _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_AS, _address_space() + job.memory_bytes)


def _limit(what: int, most: int, *, grace: int = 0) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
        grace = min(grace, hard - most)
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most + grace))


def _address_space() -> int:
    """Bytes of address space that this process has; 1 GiB where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 2**30
    return pages * os.sysconf("SC_PAGE_SIZE")
