"""SessionChannel answers HTTP and converses; with fakes for the server and its connections."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from producer_parts import settled, virtual
from producer_wires import FakeConnection, FakeServe
from pydantic import SecretStr

from producer.metrics import Metrics
from producer.ports.channel import MAX_RESULTS, SessionChannel
from producer.ports.door import Door
from producer.ports.rate import RateLimit
from producer.ports.slots import Slots
from producer.sessions.feed import Figures
from producer.sessions.live import LiveSession, Tell
from producer.vitals import Health, Status
from shared.errors import LimitError
from shared.messages import (
    SESSION_PROTOCOL,
    Event,
    Message,
    SessionQuery,
    Sessions,
    SessionsQuery,
    Start,
    encode_message,
)


@pytest.fixture(name="serve")
def fake_serve(monkeypatch: pytest.MonkeyPatch) -> FakeServe:
    """In the place of the library's."""
    serve = FakeServe()
    monkeypatch.setattr("producer.ports.door.serve", serve)
    return serve


class _House:
    """What a channel asks of the producer, in which there is nothing."""

    def __init__(self) -> None:
        self.health = Health("ok", 0, ())
        self.per_s = 1000


async def _full(_: Start, __: Tell) -> LiveSession:
    raise LimitError("no room for another session")


async def _empty(_: SessionsQuery | SessionQuery) -> Message:
    return Sessions(sessions=())


async def _same(told: Event) -> Event:
    return told


async def _listening(serve: FakeServe, **given: Any) -> _House:
    house, metrics = _House(), Metrics(lambda: 0)
    clock = asyncio.get_running_loop().time
    channel = SessionChannel(
        _full,
        _empty,
        Figures(dict, _same),
        metrics,
        health=lambda: house.health,
        door=Door(Slots(10, 10), metrics, **given),
        rate=lambda: RateLimit(house.per_s, clock),
    )
    await channel.listen("127.0.0.1", 7000)
    assert serve.address == ("127.0.0.1", 7000)
    return house


@virtual
async def test_the_port_speaks_its_subprotocol_and_has_its_limit(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.options["subprotocols"] == [SESSION_PROTOCOL]
    assert serve.options["max_size"] == MAX_RESULTS == 4 * 2**20


@virtual
async def test_health_metrics_and_unknown_paths_are_answered_by_http(serve: FakeServe) -> None:
    await _listening(serve)
    assert serve.ask("/") is None
    for path, status, words in (
        ("/healthz", 200, b'{"status":"ok","sessions":0,"reasons":[]}\n'),
        ("/metrics", 200, b"catwalk_frames_sent_total 0.0"),
        ("/else", 404, b"/healthz, /metrics"),
        ("/metrics/", 404, b"/healthz, /metrics"),
    ):
        answer = serve.ask(path)
        assert answer is not None and answer.body is not None
        assert answer.status_code == status and words in answer.body
        assert answer.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("status", ["stopping", "stalled", "dead"])
@virtual
async def test_who_is_not_well_is_unavailable_and_says_why(
    status: Status, serve: FakeServe
) -> None:
    house = await _listening(serve)
    house.health = Health(status, 2, ("one", "two"))
    answer = serve.ask("/healthz")
    assert answer is not None and answer.status_code == 503
    assert json.loads(answer.body or b"") == {
        "status": status,
        "sessions": 2,
        "reasons": ["one", "two"],
    }


@virtual
async def test_without_the_token_a_probe_learns_the_status_and_no_more(serve: FakeServe) -> None:
    house = await _listening(serve, token=SecretStr("0123456789abcdef"))
    house.health = Health("stalled", 2, ("one",))
    answer = serve.ask("/healthz")
    assert answer is not None and answer.status_code == 503
    assert json.loads(answer.body or b"") == {"status": "stalled"}


@virtual
async def test_each_connection_is_conversed_with_until_it_leaves(serve: FakeServe) -> None:
    await _listening(serve)
    connection = FakeConnection()
    for text in (encode_message(SessionsQuery()), None):
        connection.inbox.put_nowait(text)
    await serve.handle(connection)
    assert connection.kinds == ["sessions"]
    assert connection.closed == (1000, "")


@virtual
async def test_each_connection_has_a_rate_of_its_own(serve: FakeServe) -> None:
    house = await _listening(serve)
    house.per_s = 1
    connections = [FakeConnection() for _ in range(2)]
    for connection in connections:
        connection.inbox.put_nowait(encode_message(SessionsQuery()))
        handling = asyncio.create_task(serve.handle(connection))
        await settled()
        assert connection.kinds == ["sessions"] and not handling.done()
        connection.inbox.put_nowait(None)
        await handling


@virtual
async def test_a_session_for_which_there_is_no_room_may_be_tried_again_later(
    serve: FakeServe,
) -> None:
    await _listening(serve)
    connection = FakeConnection()
    connection.inbox.put_nowait(encode_message(Start(consumer="me")))
    await serve.handle(connection)
    assert connection.kinds == ["error"]
    assert connection.closed == (1013, "limit")
