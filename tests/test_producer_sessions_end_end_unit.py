"""End: why a session's connections are of no more use."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import SESSION, virtual

from producer.sessions.end import End
from shared.errors import ConnectionLost, StateError, StoppingError


@virtual
async def test_nothing_has_ended_at_first() -> None:
    end = End(SESSION)
    assert (end.is_cut, end.is_lost, end.cause) == (False, False, None)
    end.refuse()


@virtual
async def test_the_first_word_counts() -> None:
    end = End(SESSION)
    first = StateError("too early")
    end.cut(first)
    end.cut(StateError("too late"))
    assert end.cause is first
    with pytest.raises(StateError, match="too early"):
        end.refuse()


@virtual
async def test_a_lost_stream_refuses_nobody_and_a_cut_says_more_than_it() -> None:
    end = End(SESSION)
    lost, cut = ConnectionLost("lost"), StateError("cut")
    end.lose(lost)
    end.refuse()
    assert (end.is_cut, end.is_lost, end.cause) == (False, True, lost)
    end.cut(cut)
    assert end.cause is cut


@virtual
async def test_a_stop_names_the_session() -> None:
    end = End(SESSION)
    end.cut_to_stop()
    with pytest.raises(StoppingError, match=SESSION):
        end.refuse()


@pytest.mark.parametrize("name", ["cut", "lose"])
@virtual
async def test_either_ends_the_waiting(name: str) -> None:
    end = End(SESSION)
    waiting = asyncio.create_task(end.wait())
    await asyncio.sleep(3.0)
    assert not waiting.done()
    getattr(end, name)(StateError("over"))
    await waiting
    assert asyncio.get_running_loop().time() == 3.0


@virtual
async def test_the_cut_is_waited_for_some_time_only() -> None:
    end, loop = End(SESSION), asyncio.get_running_loop()
    end.lose(ConnectionLost("lost"))
    await end.wait_cut(2.0)
    assert loop.time() == 2.0
    end.cut(StateError("cut"))
    await end.wait_cut(2.0)
    assert loop.time() == 2.0
