"""What a signal does before, during and after a session."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from consumer.interrupts import SIGNALS, Interrupts


def test_without_a_session_a_signal_interrupts_the_process() -> None:
    async def work() -> None:
        with pytest.raises(KeyboardInterrupt):
            Interrupts().interrupt()

    asyncio.run(work())


def test_the_first_signal_stops_the_session_and_the_second_interrupts() -> None:
    async def work() -> None:
        stops: list[str] = []
        interrupts = Interrupts()
        interrupts.divert(lambda: stops.append("stop"))
        interrupts.interrupt()
        assert stops == ["stop"]
        with pytest.raises(KeyboardInterrupt):
            interrupts.interrupt()
        assert stops == ["stop"]

    asyncio.run(work())


@pytest.mark.parametrize("number", SIGNALS)
def test_both_signals_are_heeded(number: signal.Signals) -> None:
    async def work() -> None:
        stopped = asyncio.Event()
        Interrupts().divert(stopped.set)
        os.kill(os.getpid(), number)
        async with asyncio.timeout(10):
            await stopped.wait()

    asyncio.run(work())
