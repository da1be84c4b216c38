"""close_or_abort closes politely, and cuts a peer that does not answer."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import virtual
from producer_wires import FakeConnection

from producer.ports.wire import CLOSE_TIMEOUT_S, close_or_abort


@virtual
async def test_code_and_reason_reach_the_peer() -> None:
    connection = FakeConnection()
    await close_or_abort(connection.real, 1008, "bad-state")
    assert connection.closed == (1008, "bad-state")
    assert not connection.transport.aborted


@virtual
async def test_a_peer_that_does_not_answer_is_cut_after_three_seconds() -> None:
    connection = FakeConnection()
    connection.frozen = True
    await close_or_abort(connection.real, 1000)
    assert asyncio.get_running_loop().time() == pytest.approx(CLOSE_TIMEOUT_S) == 3.0
    assert connection.transport.aborted
