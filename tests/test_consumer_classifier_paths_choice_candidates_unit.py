"""Tests of what may be chosen."""

from __future__ import annotations

import pytest
from classifier_samples import trained

from consumer.classifier.paths import choice
from consumer.classifier.paths.choice import candidates
from consumer.classifier.paths.names import FALLBACK


def test_the_first_is_what_can_always_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "faster_precision", lambda: "bf16")
    names = [network.name for network in candidates(trained())]
    assert names == [FALLBACK, "eager-bf16"]
