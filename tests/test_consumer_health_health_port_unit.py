"""health_port: what a probe is answered, how often the consumer looks, and a clean end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from producer_parts import virtual
from producer_wires import FakeServe
from structlog.testing import capture_logs

from consumer import health as module
from consumer.health import CLOSE_S, health_port
from consumer.vitals import STAGES, Health, Status
from shared.errors import PortError


class Consumer:
    """Counts how often it is looked at."""

    def __init__(self) -> None:
        self.status: Status = "ok"
        self.looks = 0
        self.failing = range(0)

    def look(self) -> Health:
        """Its health; some looks fail."""
        self.looks += 1
        if self.looks in self.failing:
            raise ZeroDivisionError
        reasons = () if self.status == "ok" else ("the analyst's thread has died",)
        return Health(self.status, "playing", "0123456789abcdef", dict.fromkeys(STAGES, 7), reasons)


@pytest.fixture(name="serve")
def fake_serve(monkeypatch: pytest.MonkeyPatch) -> FakeServe:
    """In the place of the library's."""
    serve = FakeServe(4321)
    monkeypatch.setattr(module, "serve", serve)
    return serve


def ask(serve: FakeServe, path: str = "/healthz") -> tuple[int, Any]:
    """Status and document of the answer."""
    answer = serve.ask(path)
    assert answer is not None and answer.body is not None
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    return answer.status_code, json.loads(answer.body)


@virtual
async def test_it_listens_on_this_machine_alone_and_says_where(serve: FakeServe) -> None:
    with capture_logs() as logs:
        async with health_port(0, Consumer().look):
            assert serve.address == ("127.0.0.1", 0)
    assert [(line["event"], line["address"]) for line in logs] == [
        ("health-listening", "http://127.0.0.1:4321/healthz")
    ]
    assert serve.server.closed


@pytest.mark.parametrize(("status", "code"), [("ok", 200), ("stalled", 503), ("dead", 503)])
@virtual
async def test_the_status_code_says_whether_all_is_well(
    status: Status, code: int, serve: FakeServe
) -> None:
    consumer = Consumer()
    consumer.status = status
    async with health_port(7070, consumer.look):
        answered, document = ask(serve)
    assert (answered, document) == (code, consumer.look().document())


@pytest.mark.parametrize("path", ["/", "/healthz/", "/healthz?now", "/metrics"])
@virtual
async def test_any_other_path_is_not_found(path: str, serve: FakeServe) -> None:
    async with health_port(7070, Consumer().look):
        assert ask(serve, path) == (404, {"error": "only /healthz is here"})


@virtual
async def test_the_consumer_is_looked_at_once_a_second_and_for_each_probe(serve: FakeServe) -> None:
    consumer = Consumer()
    async with health_port(7070, consumer.look):
        await asyncio.sleep(9.5)
        assert consumer.looks == 10
        ask(serve)
        assert consumer.looks == 11
    await asyncio.sleep(5.0)
    assert consumer.looks == 11


@virtual
async def test_looks_that_fail_are_logged_once_and_the_consumer_is_looked_at_on(
    serve: FakeServe,
) -> None:
    consumer = Consumer()
    consumer.failing = range(3, 6)
    with capture_logs() as logs:
        async with health_port(7070, consumer.look):
            await asyncio.sleep(9.5)
            assert (consumer.looks, ask(serve)[0]) == (10, 200)
    assert [line["event"] for line in logs] == ["health-listening", "look-failed"]
    assert (logs[1]["log_level"], logs[1]["exc_info"]) == ("error", True)


@virtual
async def test_at_the_end_no_look_is_left_behind(serve: FakeServe) -> None:
    before = asyncio.all_tasks()
    async with health_port(7070, Consumer().look):
        await asyncio.sleep(0.5)
        assert len(asyncio.all_tasks()) == len(before) + 1
    assert asyncio.all_tasks() == before
    assert serve.server.closed


@virtual
async def test_without_a_port_nobody_looks_and_nothing_listens(serve: FakeServe) -> None:
    consumer = Consumer()
    async with health_port(None, consumer.look):
        await asyncio.sleep(5.0)
    assert (serve.address, consumer.looks) == (None, 0)


@virtual
async def test_a_port_that_cannot_be_had_is_a_port_error(serve: FakeServe) -> None:
    serve.failure = OSError(98, "Address already in use")
    with pytest.raises(PortError) as caught:
        async with health_port(7070, Consumer().look):
            pass
    assert str(caught.value) == (
        "cannot listen at 127.0.0.1:7070: expected a free port, got Address already in use"
    )


@virtual
async def test_a_probe_that_asks_nothing_does_not_hold_up_the_end(serve: FakeServe) -> None:
    loop = asyncio.get_running_loop()
    serve.server.stuck = True
    async with health_port(7070, Consumer().look):
        begin = loop.time()
    assert loop.time() - begin == pytest.approx(CLOSE_S)


@virtual
async def test_it_is_closed_when_the_session_fails(serve: FakeServe) -> None:
    with pytest.raises(ZeroDivisionError):
        async with health_port(7070, Consumer().look):
            raise ZeroDivisionError
    assert serve.server.closed
