"""Where Catwalk keeps what it can make or fetch again: downloads, conversions, choices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def default_cache_dir(environment: Mapping[str, str]) -> Path:
    """Give the folder for what can be made again: ``CATWALK_CACHE_DIR``, or by the XDG rules.

    Args:
        environment: the environment variables. ``XDG_CACHE_HOME`` counts where it is an absolute
            path, as the XDG base directory specification has it; else it is ``~/.cache``.
    """
    if chosen := environment.get("CATWALK_CACHE_DIR"):
        return Path(chosen).expanduser()
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path(environment.get("HOME") or Path.home()) / ".cache"
    return base / "catwalk"
