"""The settings of those who only read the ledger."""

from __future__ import annotations

from producer.datasets.settings import DatasetSettings


class LedgerSettings(DatasetSettings):
    """Where the ledger is and which data set its sessions showed, as ``producer serve`` has it.

    They are those of its settings that a reader needs, without what makes a server safe.
    """

    store: str = "sqlite:///catwalk.db"
