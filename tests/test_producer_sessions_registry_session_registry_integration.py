"""Sessions survive their connections and their producer, over real ports and a real ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from producer_client import Consumer, real, service, until
from producer_parts import crcs_of, image_set, results
from websockets.exceptions import ConnectionClosed

from shared.digests import NO_FRAMES
from shared.errors import FrameError
from shared.frames import decode_frame
from shared.messages import Accepted, Finished, Recalled, Sessions, SessionsQuery, Start, Stored


async def _interrupted(consumer: Consumer, frames: int, stored: int) -> None:
    """Play a session until some frames are stored, then cut both connections."""
    await consumer.start(fps=0.0, count=frames, model="net", classes=("shoe", "coat", "bag"))
    async with consumer.stream() as stream:
        for _ in range(stored + 2):
            await consumer.frame(stream)
        labels = [k % 6 % 3 for k in range(stored)]
        await consumer.predict(0, stored, labels=labels)
        assert (await consumer.hear(Stored)).through == stored - 1
        stream.transport.abort()
        consumer.channel.transport.abort()


@real
async def test_a_consumer_that_was_cut_off_goes_on_and_passes(tmp_path: Path) -> None:
    async with service(tmp_path, window=8) as running:
        async with Consumer.connect(running.address) as first:
            await _interrupted(first, 15, 4)
        await until(lambda: bool(running.events("session-suspended")))
        async with Consumer.connect(running.address, before=first) as again:
            started = await again.start(
                session=first.session, model="net", classes=("shoe", "coat", "bag"), recall=True
            )
            assert (started.epoch, started.next, started.frames) == (2, 4, 15)
            assert started.digest != NO_FRAMES
            assert (await again.hear(Recalled)).labels == (0, 1, 2, 0)
            await again.play(15)
            accepted = await again.settle()
        metrics = (await running.get("/metrics"))[2]
    assert (accepted.balance.verdict, accepted.balance.reasons) == ("PASS", ())
    producer = accepted.balance.producer
    assert (producer.sent, producer.stored, producer.wire.connections) == (15, 15, 2)
    assert producer.wire.frames >= 17
    assert accepted.score is not None and accepted.score.accuracy == 1.0
    assert "catwalk_sessions_resumed_total 1.0" in metrics


@real
async def test_a_producer_that_was_started_again_goes_on_from_its_ledger(tmp_path: Path) -> None:
    async with service(tmp_path, window=8) as running:
        async with Consumer.connect(running.address) as first:
            await _interrupted(first, 15, 4)
        await until(lambda: bool(running.events("session-suspended")))
    async with service(tmp_path, window=3) as running:
        async with Consumer.connect(running.address, before=first) as again:
            started = await again.start(
                session="latest", model="net", classes=("shoe", "coat", "bag")
            )
            assert (started.session, started.next, started.window) == (first.session, 4, 3)
            await again.play(15)
            assert (await again.settle()).balance.verdict == "PASS"
        async with Consumer.connect(running.address) as other:
            # It is accepted: there is nothing to go on with.
            started = await other.start(
                session="latest", model="net", classes=("shoe", "coat", "bag"), count=2
            )
            assert started.session != first.session


@real
async def test_an_answer_that_was_lost_is_given_again(tmp_path: Path) -> None:
    async with service(tmp_path) as running:
        async with Consumer.connect(running.address) as first:
            await first.start(fps=0.0, count=4)
            await first.play(4)
            await first.say(results(first.crcs, session=first.session))
            await until(lambda: bool(running.events("session-accepted")))
            first.channel.transport.abort()
        async with Consumer.connect(running.address, before=first) as again:
            started = await again.start(session=first.session)
            assert started.next == 4
            await again.hear(Finished)
            answer = await again.hear(Accepted)
            assert answer.balance.verdict == "PASS"
            assert await again.settle() == answer


@real
async def test_a_consumer_takes_over_and_another_may_not(tmp_path: Path) -> None:
    async with service(tmp_path) as running, Consumer.connect(running.address) as old:
        await old.start(fps=50.0, count=40)
        async with old.stream() as stream:
            for _ in range(3):
                await old.frame(stream)
            async with Consumer.connect(running.address) as stranger:
                await stranger.say(Start(consumer="stranger", session=old.session))
                error = await stranger.refused()
                assert error.code == "not-yours"
            async with Consumer.connect(running.address) as new:
                await new.start(session=old.session)
                assert (await old.refused()).code == "taken-over"
                with pytest.raises(ConnectionClosed):
                    while True:
                        await stream.recv()
                assert stream.close_code == 1008
                await new.play(40)
                assert (await new.settle()).balance.verdict == "PASS"


@real
async def test_of_many_that_come_back_at_once_one_plays_the_session_to_its_end(
    tmp_path: Path,
) -> None:
    async with service(tmp_path) as running:
        async with Consumer.connect(running.address) as first:
            await first.start(fps=0.0, count=20)
        await until(lambda: bool(running.events("session-suspended")))

        async def come_back() -> str:
            async with Consumer.connect(running.address) as one:
                one.crcs += crcs_of(image_set(), range(20))
                try:
                    await one.start(session=first.session)
                    await one.play(20)
                    return (await one.settle()).balance.verdict
                except (AssertionError, ConnectionClosed):
                    return "sent away"

        ended = await asyncio.gather(*(come_back() for _ in range(4)))
        assert "PASS" in ended
        async with Consumer.connect(running.address) as last:
            assert (await last.start(session=first.session)).epoch == 6
            assert (await last.hear(Accepted)).balance.verdict == "PASS"
            await last.say(SessionsQuery())
            assert len((await last.hear(Sessions)).sessions) == 1


@real
async def test_newest_skips_what_has_no_credit_and_accounts_for_it(tmp_path: Path) -> None:
    async with service(tmp_path, newest_window=2) as running:
        async with Consumer.connect(running.address) as consumer:
            started = await consumer.start(fps=100.0, count=40, delivery="newest")
            assert (started.delivery, started.window) == ("newest", 2)
            indices = []
            async with consumer.stream() as stream:
                try:
                    while True:
                        header, _ = await consumer.frame(stream)
                        indices.append(header.index)
                        await asyncio.sleep(0.02)
                        await consumer.predict(header.sequence, 1, labels=[header.index % 3])
                except ConnectionClosed:
                    assert stream.close_code == 1000
            finished = await _finished(consumer)
            assert finished.sent + finished.skipped == finished.frames == 40
            assert finished.sent == len(indices) < 40 and finished.skipped > 0
            accepted = await consumer.settle()
    assert accepted.balance.verdict == "PASS"
    assert accepted.score is not None and accepted.score.accuracy == 1.0


async def _finished(consumer: Consumer) -> Finished:
    """The end of the stream; every frame has been stored by then."""
    finished = await consumer.hear(Finished)
    while (await consumer.hear(Stored)).through < finished.sent - 1:
        pass
    return finished


@real
async def test_faults_on_request_are_repaired_by_coming_back_and_counted(tmp_path: Path) -> None:
    frames, connections = 60, 0
    options: dict[str, Any] = {"chaos": "drop=0.03,reset=0.03,corrupt=0.03", "seed": 4, "window": 4}
    async with service(tmp_path, images=image_set(9), **options) as running:
        before: Consumer | None = None
        session: str | None = None
        accepted: Accepted | None = None
        while accepted is None and connections < 60:
            connections += 1
            async with Consumer.connect(running.address, before) as one:
                await one.start(fps=0.0, count=frames, session=session)
                session, before = one.session, one
                if await _play_until_a_fault(one, frames):
                    accepted = await one.settle()
        assert accepted is not None and accepted.balance.verdict == "PASS"
        wire = accepted.balance.producer.wire
        assert wire.connections == connections > 1
        assert sum(wire.injected.values()) >= connections - 1
        assert wire.frames > frames - sum(wire.injected.values())


async def _play_until_a_fault(consumer: Consumer, frames: int) -> bool:
    """Play as far as the stream is sound; whether it was to the end."""
    try:
        async with asyncio.timeout(1.0), consumer.stream() as stream:
            for sequence in range(len(consumer.crcs), frames):
                message = await stream.recv()
                assert isinstance(message, bytes)
                header, _ = decode_frame(message)
                if header.sequence != sequence:
                    return False
                consumer.crcs.append(header.crc)
                await consumer.predict(sequence, 1)
                await consumer.hear(Stored)
    except (FrameError, ConnectionClosed, TimeoutError):
        return False
    return True
