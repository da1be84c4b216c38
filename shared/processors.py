"""How many processors this process may keep busy."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
UNLIMITED = "max"


def processors() -> int:
    """Those that it may run on, or fewer where a container's share of time is worth fewer."""
    allowed = len(os.sched_getaffinity(0))
    share = time_share(CGROUPS)
    return allowed if share is None else max(1, min(allowed, math.ceil(share)))


def time_share(cgroups: Path) -> float | None:
    """The limit of processor time that a container was given, in processors; None for none.

    Args:
        cgroups: where the control groups are mounted: ``cpu.max`` of version 2, or
            ``cpu/cpu.cfs_quota_us`` and ``cpu/cpu.cfs_period_us`` of version 1.
    """
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((cgroups / name).read_text() for name in names).split()
            # Version 1 says "none" by -1.
            return None if quota == UNLIMITED or float(quota) <= 0 else float(quota) / float(period)
        except (OSError, ValueError, ZeroDivisionError):
            continue
    return None
