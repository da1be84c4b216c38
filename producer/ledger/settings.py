"""The settings of those who only read the ledger."""

from __future__ import annotations

from pathlib import Path

from shared.settings import ServiceSettings


class LedgerSettings(ServiceSettings):
    """Where the ledger is and which data set its sessions showed, as ``producer serve`` has it.

    They are those of its settings that a reader needs, without what makes a server safe.
    """

    dataset: str = "auto"
    data_dir: Path | None = None
    cache_dir: Path | None = None
    store: str = "sqlite:///catwalk.db"
