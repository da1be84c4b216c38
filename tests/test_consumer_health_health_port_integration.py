"""The health port of a real consumer process: while all is well, and with faults put into it."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_producer import Act, playing
from producer_client import real
from services import (
    PATIENCE_S,
    RunningProducer,
    environment,
    finish,
    log_lines,
    producer,
    random_images,
    start_consumer,
    write_pickle,
)
from websockets.asyncio.server import ServerConnection

from consumer.health import health_port
from consumer.vitals import STAGES, Vitals
from shared.errors import PortError
from shared.messages import SESSION_PROTOCOL

Ready = Callable[[int, dict[str, Any]], bool]

# Runs the command with a fault in it; {} is the fault.
FAULTY = """
import time
import consumer.app
from consumer.__main__ import main
from consumer.classifier.inference import Classifier
from consumer.pipeline.analyst import Analyst
consumer.app.STALL_S = 1.0
{}
main()
"""
DIES = "Analyst._run = lambda self: None"
HANGS = """
genuine, calls = Classifier.classify, []
def classify(self, images):
    calls.append(len(images))
    # The first call is the classifier's own, while it is made; the fifth batch hangs.
    if len(calls) > 5:
        time.sleep(3600)
    return genuine(self, images)
Classifier.classify = classify
"""
# Where the receiver hangs after 20 frames: {} is "decode_frame" or "preprocess".
HANGS_EARLIER = """
import consumer.pipeline.receiver as receiver
genuine, calls = receiver.{0}, []
def hang(*values):
    calls.append(values)
    if len(calls) > 20:
        time.sleep(3600)
    return genuine(*values)
receiver.{0} = hang
"""


class Probe:
    """A consumer process with a health port, and what it says of itself."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        # Read all the while, so that the process never waits for room in the pipe.
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self._found = ""

    @property
    def address(self) -> str:
        """Where its health is; waits until it has said so."""
        self._found = self._found or self._address()
        return self._found

    def ask(self) -> tuple[int, dict[str, Any]]:
        """Status code and document of one request."""
        try:
            with urllib.request.urlopen(self.address, timeout=5.0) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def until(self, ready: Ready) -> tuple[int, dict[str, Any]]:
        """The first answer of which this holds."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            code, document = self.ask()
            if ready(code, document):
                return code, document
            time.sleep(0.05)
        raise AssertionError(f"it says {code} {document}, and logs {self.lines}")

    def end(self) -> int:
        """Wait for the process; its exit code."""
        code = self.process.wait(PATIENCE_S)
        self._reading.join(PATIENCE_S)
        return code

    def kill(self) -> None:
        """End the process where it still runs, and read the last of what it says."""
        self.process.kill()
        self._reading.join(PATIENCE_S)

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in log_lines("".join(self.lines)):
                if line["event"] == "health-listening":
                    return str(line["address"])
            time.sleep(0.02)
        raise AssertionError(f"no health port: {self.lines}")


@contextmanager
def probing(process: subprocess.Popen[str]) -> Iterator[Probe]:
    """Ask this consumer; killed at the end of the block, if it still runs."""
    with process:
        probe = Probe(process)
        try:
            yield probe
        finally:
            probe.kill()


@contextmanager
def slow_producer(folder: Path) -> Iterator[RunningProducer]:
    """A producer that plays 1,000 frames, 50 a second."""
    dataset = write_pickle(folder / "long.pickle", random_images(1000))
    with producer(folder, "--dataset", str(dataset), "--fps", "50") as running:
        yield running


def start_faulty(address: str, folder: Path, fault: str) -> subprocess.Popen[str]:
    """Begin to play a session in a consumer with this fault."""
    command = [sys.executable, "-c", FAULTY.format(fault), "run", "--health-port", "0"]
    command += ["--producer", address, "--output", str(folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())


def test_a_consumer_that_plays_is_well_and_its_numbers_grow(tmp_path: Path) -> None:
    options = ("--count", "60", "--health-port", "0")
    with slow_producer(tmp_path) as running:
        with probing(start_consumer(running.address, tmp_path / "results", *options)) as probe:
            code, first = probe.until(lambda _, document: document["stored"] > 0)
            assert (code, first["status"], first["phase"]) == (200, "ok", "playing")
            assert first["reasons"] == []
            later = probe.until(lambda _, document: document["stored"] > first["stored"])[1]
            assert later["session"] == first["session"]
            assert re.fullmatch("[0-9a-f]{16}", first["session"])
            code, last = probe.until(lambda _, document: document["phase"] == "reporting")
            assert [last[name] for name in STAGES] == [60] * 5
            assert (code, last["reasons"]) == (200, [])
            assert probe.end() == 0


def test_an_analyst_that_died_in_silence_ends_the_session(tmp_path: Path) -> None:
    with slow_producer(tmp_path) as running:
        with probing(start_faulty(running.address, tmp_path / "results", DIES)) as probe:
            assert probe.end() == 9
    lines = log_lines("".join(probe.lines))
    assert [line["event"] for line in lines[-2:]] == ["session-unfinished", "failed"]
    assert lines[-1]["reason"] == "the analyst thread has died"


def test_a_classifier_that_hangs_is_told_after_the_limit(tmp_path: Path) -> None:
    with slow_producer(tmp_path) as running:
        with probing(start_faulty(running.address, tmp_path / "results", HANGS)) as probe:
            code, before = probe.until(lambda _, document: document["stored"] > 0)
            assert (code, before["status"]) == (200, "ok")
            code, document = probe.until(lambda code, _: code != 200)
    assert (code, document["status"], document["phase"]) == (503, "stalled", "playing")
    assert document["received"] > document["classified"] == document["stored"] > 0
    (reason,) = document["reasons"]
    assert reason.startswith("the analyst has passed on nothing for ")
    assert reason.endswith(" frames wait")


@pytest.mark.parametrize("where", ["decode_frame", "preprocess"])
def test_a_receiver_that_hangs_is_told_and_nobody_else_is_blamed(
    where: str, tmp_path: Path
) -> None:
    fault = HANGS_EARLIER.format(where)
    with slow_producer(tmp_path) as running:
        with probing(start_faulty(running.address, tmp_path / "results", fault)) as probe:
            code, document = probe.until(lambda code, _: code != 200)
            probe.process.terminate()
            probe.until(lambda *_: "stopping" in "".join(probe.lines))
            # The frames that the analyst has not taken were taken back by the stop.
            later = probe.until(lambda _, now: not now["reasons"])[1]
    assert (code, document["status"], document["phase"]) == (503, "stalled", "playing")
    assert document["sent"] > document["received"] == document["stored"] == 20
    (reason,) = document["reasons"]
    assert re.fullmatch(
        r"the receiver has passed on nothing for \d+ s while \d+ frames wait", reason
    )
    assert later["status"] == "ok"


def test_who_waits_for_a_producer_is_well(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"ws://127.0.0.1:{holder.getsockname()[1]}"
    with probing(start_consumer(address, tmp_path, "--health-port", "0")) as probe:
        code, document = probe.until(lambda _, document: document["phase"] != "loading")
        assert (code, document["status"], document["phase"]) == (200, "ok", "connecting")
        assert document["session"] is None


async def _silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


def test_who_waits_for_an_answer_is_well_and_the_end_is_not_held_up(tmp_path: Path) -> None:
    with playing(Act(_silent, (SESSION_PROTOCOL,))) as port:
        address = f"ws://127.0.0.1:{port}"
        with probing(start_consumer(address, tmp_path, "--health-port", "0")) as probe:
            code, document = probe.until(lambda _, document: document["phase"] == "connecting")
            assert (code, document["status"]) == (200, "ok")
            place = probe.address.removeprefix("http://").partition("/")[0].split(":")
            with socket.create_connection((place[0], int(place[1]))):
                probe.process.terminate()
                begin = time.monotonic()
                assert probe.end() == 130
                assert time.monotonic() - begin < 4.0
    # The library would write a traceback of a connection that never asks.
    events = [line["event"] for line in map(json.loads, filter(str.strip, probe.lines))]
    # The first start on a machine says which way of running the model is the fastest.
    assert [event for event in events if event != "path-chosen"] == [
        "health-listening",
        "model-loaded",
    ]


def test_a_port_that_another_holds_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        code, lines = finish(start_consumer("ws://127.0.0.1:1", tmp_path, "--health-port", port))
    assert code == 7
    assert [line["event"] for line in lines] == ["failed"]
    assert lines[0]["reason"].startswith(f"cannot listen at 127.0.0.1:{port}: ")


@real
async def test_a_port_can_be_had_again_after_the_end() -> None:
    vitals = Vitals()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortError):
            async with health_port(port, lambda: vitals.look(0.0)):
                pass
    for _ in range(2):
        async with health_port(port, lambda: vitals.look(0.0)):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()
    gc.collect()
