"""Standing says where a session goes on."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from producer.sessions.plan import Standing
from shared.digests import ContentDigest
from shared.reports import ProducerWire
from shared.states import SessionState


def test_a_new_session_stands_at_its_beginning() -> None:
    standing = Standing()
    assert (standing.state, standing.stored, standing.skipped) == (SessionState.OPENED, 0, 0)
    assert standing.digest == ContentDigest().hexdigest()
    assert standing.wire == ProducerWire()


def test_a_standing_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Standing().stored = 1  # type: ignore[misc]
