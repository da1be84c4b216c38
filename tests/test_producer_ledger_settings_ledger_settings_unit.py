"""LedgerSettings are the producer's, as far as a reader needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.ledger.settings import LedgerSettings
from producer.settings import ProducerSettings
from shared.settings import load_settings


def test_every_one_has_the_default_that_serve_has() -> None:
    served = ProducerSettings()
    for name, value in LedgerSettings().model_dump().items():
        assert getattr(served, name) == value


def test_they_come_from_the_same_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_STORE", "sqlite:///other.db")
    monkeypatch.setenv("CATWALK_HOST", "0.0.0.0")
    settings = load_settings(LedgerSettings, {"data_dir": Path("here"), "dataset": None})
    assert (settings.store, settings.data_dir) == ("sqlite:///other.db", Path("here"))
