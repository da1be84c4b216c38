"""``python -m producer serve`` as a process: what it says when it cannot, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from producer_client import Consumer, real
from producer_parts import image_set
from websockets.exceptions import ConnectionClosed

from producer.ledger.ledger import Ledger
from shared.intake.pickles import dump_pickle
from shared.messages import Finished, Stopped, Stored

COMMAND = [sys.executable, "-m", "producer", "serve"]
ROOT = Path(__file__).parent.parent
STOP_S = 8.0


class _Process:
    """A producer's process and the lines that it logs, read as they come."""

    def __init__(self, *arguments: str) -> None:
        self.lines: list[dict[str, Any]] = []
        self._served = threading.Event()
        self._stack = ExitStack()
        self.process = self._stack.enter_context(
            subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        )
        self._reader = threading.Thread(target=self._read, name="log-reader")
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(json.loads(line))
            if self.lines[-1]["event"] == "serving":
                self._served.set()
        self._served.set()

    def address(self) -> str:
        """Of the session channel, once it serves."""
        assert self._served.wait(30.0)
        (line,) = [line for line in self.lines if line["event"] == "serving"]
        return f"ws://127.0.0.1:{line['session_port']}"

    def end(self, *, timeout: float = STOP_S) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(timeout)
        self._reader.join(5.0)
        return code

    def events(self) -> list[str]:
        """What was logged."""
        return [line["event"] for line in self.lines]

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self._reader.join()
        self._stack.close()


@pytest.fixture(name="pickle")
def small_pickle(tmp_path: Path) -> Path:
    """A file of six images."""
    path = tmp_path / "six.pickle"
    with path.open("wb") as stream:
        dump_pickle(image_set(), stream)
    return path


@contextmanager
def _producer(pickle: Path, *arguments: str) -> Iterator[_Process]:
    store = f"sqlite:///{pickle.parent / 'ledger.db'}"
    process = _Process(
        "--dataset", str(pickle), "--port", "0", "--session-port", "0", "--store", store, *arguments
    )
    try:
        yield process
    finally:
        process.close()


def _missing(folder: Path) -> tuple[str, ...]:
    return "--dataset", str(folder / "none.pickle")


def _broken(folder: Path) -> tuple[str, ...]:
    (folder / "broken.pickle").write_bytes((folder / "six.pickle").read_bytes()[:100])
    return "--dataset", str(folder / "broken.pickle")


def _hostile(folder: Path) -> tuple[str, ...]:
    (folder / "hostile.pickle").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    return "--dataset", str(folder / "hostile.pickle")


def _six(folder: Path) -> tuple[str, ...]:
    return "--dataset", str(folder / "six.pickle"), "--port", "0", "--session-port", "0"


def _no_database(folder: Path) -> tuple[str, ...]:
    return *_six(folder), "--store", f"sqlite:///{folder / 'six.pickle' / 'ledger.db'}"


def _no_url(folder: Path) -> tuple[str, ...]:
    return *_six(folder), "--store", "nonsense"


def _pace(_: Path) -> tuple[str, ...]:
    return "--fps", "-1"


def _exposed(folder: Path) -> tuple[str, ...]:
    # Before anything is loaded: that would end with another code.
    return *_missing(folder), "--host", "0.0.0.0"


def _no_token(folder: Path) -> tuple[str, ...]:
    return *_missing(folder), "--token-file", str(folder / "none")


def _no_key(folder: Path) -> tuple[str, ...]:
    return *_missing(folder), "--tls-cert", str(folder / "six.pickle")


def _no_certificate(folder: Path) -> tuple[str, ...]:
    return *_no_key(folder), "--tls-key", str(folder / "six.pickle")


def _level(_: Path) -> tuple[str, ...]:
    return "--log-level", "loud"


@pytest.mark.parametrize(
    ("arguments", "code", "name", "words"),
    [
        (_missing, 5, "bad-data", "none.pickle"),
        (_broken, 5, "bad-pickle", "broken.pickle"),
        (_hostile, 5, "bad-pickle", "hostile.pickle"),
        (_no_database, 8, "store-failed", "cannot open the database"),
        (_no_url, 2, "bad-setting", "unusable database URL in store"),
        (_pace, 2, "bad-setting", "option --fps or CATWALK_FPS"),
        (
            _exposed,
            2,
            "bad-setting",
            "--token-file FILE or CATWALK_TOKEN, 127.0.0.1, or --insecure",
        ),
        (_no_token, 2, "bad-setting", "cannot read the token in "),
        (_no_key, 2, "bad-setting", "expected both or neither"),
        (_no_certificate, 2, "bad-setting", "unusable certificate or key"),
        (_level, 2, "bad-setting", "got 'loud'"),
    ],
)
def test_what_cannot_be_served_ends_in_one_error_line_and_its_code(
    arguments: Callable[[Path], tuple[str, ...]],
    code: int,
    name: str,
    words: str,
    pickle: Path,
) -> None:
    _fails(arguments(pickle.parent), code, name, words)


def _fails(arguments: tuple[str, ...], code: int, name: str, words: str) -> None:
    ended = subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    (error,) = [line for line in lines if line["level"] == "error"]
    assert (ended.returncode, error["event"], error["code"]) == (code, "failed", name)
    assert words in error["reason"]
    assert (ended.stdout, lines[-1]) == ("", error)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("option", ["--port", "--session-port"])
def test_a_port_in_use_ends_in_one_error_line_and_seven(option: str, pickle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        store = f"sqlite:///{pickle.parent / 'ledger.db'}"
        arguments = (*_six(pickle.parent), "--store", store, option, port)
        _fails(arguments, 7, "port-unavailable", f"127.0.0.1:{port}")


def _timed_end(process: _Process) -> float:
    begin = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    assert process.end() == 0
    return time.monotonic() - begin


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_producer_ends_at_once(number: signal.Signals, pickle: Path) -> None:
    with _producer(pickle) as process:
        process.address()
        process.process.send_signal(number)
        assert process.end(timeout=4.0) == 0
        assert process.events()[-3:] == ["serving", "stopping", "stopped"]


@real
async def test_a_session_in_the_middle_is_settled_before_the_end(pickle: Path) -> None:
    with _producer(pickle, "--fps", "50") as process:
        async with Consumer.connect(await asyncio.to_thread(process.address)) as consumer:
            await consumer.start(count=5000)
            async with consumer.stream() as stream:
                for _ in range(5):
                    await consumer.frame(stream)
                await consumer.predict(0, 5)
                process.process.send_signal(signal.SIGTERM)
                stopped = await consumer.hear(Stopped)
                assert stopped.by == "producer"
                while len(consumer.crcs) < stopped.frames:
                    await consumer.frame(stream)
            if stopped.frames > 5:
                await consumer.predict(5, stopped.frames - 5)
            while (await consumer.hear(Stored)).through < stopped.frames - 1:
                pass
            accepted = await consumer.settle()
            assert accepted.balance.verdict == "PASS"
            assert accepted.balance.producer.stored == stopped.frames
        assert await asyncio.to_thread(process.end) == 0
    assert "drain-timed-out" not in process.events()
    ledger = Ledger(f"sqlite:///{pickle.parent / 'ledger.db'}")
    kept = await ledger.session(consumer.session)
    assert (kept.info.state, kept.info.stored) == ("accepted", stopped.frames)
    ledger.close()


@real
async def test_a_client_that_never_answers_does_not_hold_the_end_up(pickle: Path) -> None:
    with _producer(pickle, "--fps", "50") as process:
        async with Consumer.connect(await asyncio.to_thread(process.address)) as consumer:
            await consumer.start(count=5000)
            async with consumer.stream() as stream:
                await consumer.frame(stream)
                assert await asyncio.to_thread(_timed_end, process) < STOP_S
                await consumer.hear(Stopped)
                await consumer.hear(Finished)
                with pytest.raises(ConnectionClosed):
                    await consumer.channel.recv()
    assert "drain-timed-out" in process.events()
    ledger = Ledger(f"sqlite:///{pickle.parent / 'ledger.db'}")
    assert (await ledger.session(consumer.session)).info.state == "suspended"
    ledger.close()


@real
async def test_a_frozen_client_does_not_hold_the_end_up(pickle: Path) -> None:
    with _producer(pickle, "--fps", "0", "--window", "65536") as process:
        async with Consumer.connect(await asyncio.to_thread(process.address)) as consumer:
            await consumer.start(count=5_000_000)
            async with consumer.stream() as stream:
                await consumer.frame(stream)
                for connection in (stream, consumer.channel):
                    connection.transport.pause_reading()
                assert await asyncio.to_thread(_timed_end, process) < STOP_S
                for connection in (stream, consumer.channel):
                    connection.transport.abort()
    assert process.events()[-1] == "stopped"
    assert {line["level"] for line in process.lines} <= {"info", "warning"}
