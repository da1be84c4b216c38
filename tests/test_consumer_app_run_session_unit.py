"""What the consumer does where there is no session to play."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from consumer.app import run_session
from consumer.settings import ConsumerSettings
from shared.errors import ModelError, ProducerUnavailable


def test_without_a_producer_the_session_fails_and_leaves_nothing(tmp_path: Path) -> None:
    settings = ConsumerSettings(
        producer="ws://127.0.0.1:1", patience=0.0, output=tmp_path / "results"
    )
    with pytest.raises(ProducerUnavailable, match="ws://127.0.0.1:1"):
        asyncio.run(run_session(settings))
    assert not (tmp_path / "results").exists()


def test_a_missing_model_fails_before_any_connection(tmp_path: Path) -> None:
    settings = ConsumerSettings(model=str(tmp_path / "none.safetensors"))
    with pytest.raises(ModelError, match="none.safetensors"):
        asyncio.run(run_session(settings))
