"""Both ports of a real producer against broken frames, broken handshakes and hostile paths."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hostile import END, VALID, Raw, check_answers, check_log
from services import RunningProducer, producer, random_images, write_pickle
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Origin, Subprotocol

from shared.digests import ContentDigest, run_digest
from shared.frames import decode_frame
from shared.messages import (
    FRAMES_PROTOCOL,
    SESSION_PROTOCOL,
    Accepted,
    Error,
    Started,
    decode_producer_message,
)

MASK = b"\x00\x00\x00\x00"
OPEN_S = 5.0


@pytest.fixture(name="running", scope="module")
def running_producer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProducer]:
    """One producer for all; at the end it still plays a session, and its log has no fault."""
    folder = tmp_path_factory.mktemp("producer")
    dataset = write_pickle(folder / "mine.pickle", random_images(100))
    with producer(folder, "--dataset", str(dataset), "--log-level", "debug") as running:
        yield running
        assert asyncio.run(_play(running.address, fps=0, count=30)) == "PASS"
        check_log(running)


def _frame(first: int, second: int, rest: bytes = b"") -> bytes:
    return bytes([first, second]) + rest


def _bomb(size: int) -> bytes:
    """So many zeros as permessage-deflate would send them: a thousandth of that, with RSV1."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return _frame(0xC1, 0xFF, struct.pack("!Q", len(data)) + MASK + data)


def _text(data: bytes) -> bytes:
    return Frame(Opcode.TEXT, data).serialize(mask=True)


FRAMES: dict[str, tuple[bytes, int]] = {
    "unmasked": (_frame(0x81, 0x02, b"{}"), 1002),
    "reserved opcode": (_frame(0x83, 0x80, MASK), 1002),
    "reserved control opcode": (_frame(0x8B, 0x80, MASK), 1002),
    "reserved bit 1": (_frame(0xC1, 0x80, MASK), 1002),
    "reserved bit 2": (_frame(0xA1, 0x80, MASK), 1002),
    "reserved bit 3": (_frame(0x91, 0x80, MASK), 1002),
    "deflate bomb": (_bomb(64 * 2**20), 1002),
    "small deflate bomb": (_bomb(2**20), 1002),
    "length 2^63 - 1": (_frame(0x81, 0xFF, struct.pack("!Q", 2**63 - 1) + MASK), 1009),
    "length 2^64 - 1": (_frame(0x81, 0xFF, struct.pack("!Q", 2**64 - 1) + MASK), 1009),
    "not UTF-8": (_text(b"\xff\xfe"), 1007),
    "half a character": (_text(b"\xe2\x82"), 1007),
    "a surrogate": (_text(b"\xed\xa0\x80"), 1007),
    "continuation of nothing": (_frame(0x80, 0x80, MASK), 1002),
    "text within a text": (_frame(0x01, 0x80, MASK) + _frame(0x81, 0x80, MASK), 1002),
    "ping in parts": (_frame(0x09, 0x80, MASK), 1002),
    "long ping": (_frame(0x89, 0xFE, struct.pack("!H", 126) + MASK + bytes(126)), 1002),
    "close of one byte": (_frame(0x88, 0x81, MASK + b"\x03"), 1002),
    "close with code 1005": (_frame(0x88, 0x82, MASK + struct.pack("!H", 1005)), 1002),
    "close not in UTF-8": (_frame(0x88, 0x83, MASK + struct.pack("!H", 1000) + b"\xff"), 1007),
}


@pytest.mark.parametrize(("data", "code"), FRAMES.values(), ids=FRAMES)
def test_a_broken_frame_ends_its_connection_with_the_code_of_the_standard(
    data: bytes, code: int, running: RunningProducer
) -> None:
    with Raw(running.session_port) as client:
        client.send(data)
        assert client.hear() is None
        assert client.closed() == code


@pytest.mark.parametrize(("data", "code"), FRAMES.values(), ids=FRAMES)
def test_so_it_does_on_the_stream(data: bytes, code: int, running: RunningProducer) -> None:
    with Raw(running.session_port) as client:
        path = _start(client).path
        with Raw(running.port, path, FRAMES_PROTOCOL) as stream:
            stream.send(data)
            assert stream.closed() == (1009 if len(data) > 4096 else code)
        client.say(END)
        check_answers(client)


def _start(client: Raw) -> Started:
    client.say(json.dumps(VALID["start"] | {"fps": 0.01}))
    started = client.hear()
    assert isinstance(started, Started)
    return started


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_text(b" " * (64 * 1024 + 1)), "bad-message"),
        (_text(b"\x00" * 100), "bad-message"),
        (Frame(Opcode.BINARY, b"{}").serialize(mask=True), "bad-message"),
    ],
    ids=["65 KiB", "zeros", "binary"],
)
def test_what_is_no_message_is_answered_as_one(
    data: bytes, code: str, running: RunningProducer
) -> None:
    with Raw(running.session_port) as client:
        client.send(data)
        answer = check_answers(client)[-1]
        assert isinstance(answer, Error) and answer.code == code


def test_what_is_too_large_for_a_port_is_not_taken_in(running: RunningProducer) -> None:
    with Raw(running.session_port) as client:
        client.send(_text(b'{"type":"results",' + b" " * 4 * 2**20))
        assert client.closed() in (1009, None)
        path = _start(other := Raw(running.session_port)).path
    with other, Raw(running.port, path, FRAMES_PROTOCOL) as stream:
        stream.send(_text(b" " * 4097))
        assert stream.closed() == 1009


def test_whoever_speaks_on_the_stream_is_sent_away(running: RunningProducer) -> None:
    with Raw(running.session_port) as client:
        with Raw(running.port, _start(client).path, FRAMES_PROTOCOL) as stream:
            stream.say("hello")
            assert stream.closed() == 1008


def test_more_messages_than_a_connection_may_send_wait_and_are_answered(tmp_path: Path) -> None:
    dataset = write_pickle(tmp_path / "mine.pickle", random_images(3))
    with producer(tmp_path, "--dataset", str(dataset), "--max-rate", "5") as slow:
        with Raw(slow.session_port) as client:
            client.say(*[json.dumps(VALID["sessions"])] * 8, END)
            assert [answer.type for answer in check_answers(client)] == ["sessions"] * 8 + ["error"]
        check_log(slow)


HEAD = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
VERSION = "Sec-WebSocket-Version: 13\r\n"
OFFER = "Sec-WebSocket-Protocol: {protocol}\r\n"
HANDSHAKES: dict[str, tuple[str, int | None]] = {
    "version 12": (f"{HEAD}{KEY}Sec-WebSocket-Version: 12\r\n{OFFER}", 400),
    "version twice": (f"{HEAD}{KEY}{VERSION}{VERSION}{OFFER}", 400),
    "no key": (f"{HEAD}{VERSION}{OFFER}", 400),
    "short key": (f"{HEAD}Sec-WebSocket-Key: AAAA\r\n{VERSION}{OFFER}", 400),
    "no subprotocol": (f"{HEAD}{KEY}{VERSION}", 400),
    "other subprotocol": (f"{HEAD}{KEY}{VERSION}Sec-WebSocket-Protocol: secret.v9\r\n", 400),
    "no upgrade": (f"GET / HTTP/1.1\r\nHost: a\r\n{KEY}{VERSION}{OFFER}", 426),
    "other method": (f"{HEAD}{KEY}{VERSION}{OFFER}".replace("GET", "POST"), 405),
    "HTTP/1.0": (f"{HEAD}{KEY}{VERSION}{OFFER}".replace("1.1", "1.0"), 505),
    "foreign origin": (f"{HEAD}{KEY}{VERSION}{OFFER}Origin: http://secret.example\r\n", 403),
    "129 headers": (HEAD + "".join(f"X-{n}: y\r\n" for n in range(129)), 431),
    "long header": (f"{HEAD}X: {'y' * 9000}\r\n", 431),
    "long path": (f"GET /{'y' * 9000} HTTP/1.1\r\n", 414),
    "folded header": (f"{HEAD}X: y\r\n z\r\n{KEY}{VERSION}{OFFER}", None),
    "no request": ("secret garbage \x00\x01\x7f\r\n", None),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x00" * 60 + "\r\n", None),
    "HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n", None),
}


@pytest.mark.parametrize(("words", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
@pytest.mark.parametrize("port", ["session_port", "port"])
def test_a_broken_handshake_is_refused_in_our_own_words(
    port: str, words: str, status: int | None, running: RunningProducer
) -> None:
    protocol, path = SESSION_PROTOCOL, "/"
    with Raw(running.session_port) as client:
        if port == "port":
            protocol, path = FRAMES_PROTOCOL, _start(client).path
        request = words.replace("{protocol}", protocol).replace(" / ", f" {path} ", 1) + "\r\n"
        answer = _ask(getattr(running, port), request.encode("latin-1"))
        assert answer.startswith(f"HTTP/1.1 {status} ") if status else not answer
    for foreign in ("secret", "12\r\n\r\n", "X-1", "yyyy", "Python", "websockets"):
        assert foreign not in answer.partition("\r\n\r\n")[2]


def _ask(port: int, request: bytes) -> str:
    """All that the producer answers before it closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15.0) as client:
        client.sendall(request)
        try:
            while data := client.recv(65536):
                answer += data
        except ConnectionResetError:
            pass
    return answer.decode()


def test_one_byte_each_half_second_is_cut_after_five_seconds(running: RunningProducer) -> None:
    with socket.create_connection(("127.0.0.1", running.session_port), timeout=0.5) as client:
        for byte in (HEAD + KEY).encode()[:40]:
            try:
                client.sendall(bytes([byte]))
                if not client.recv(1):
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    raise AssertionError("it holds its place")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/0123456789abcdef",
        "/0123456789abcdef/1",
        "/0123456789ABCDEF/1",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%00",
        "//0123456789abcdef/1",
        "/0123456789abcdef/1/",
        "/0123456789abcdef/1?x=1",
        "/0123456789abcdef/-1",
        "/' OR 1=1 --",
        "/" + "x" * 8000,
        "http://127.0.0.1/0123456789abcdef/1",
        "*",
    ],
    ids=lambda path: path[:24],
)
def test_a_path_that_is_no_session_is_not_found(path: str, running: RunningProducer) -> None:
    for port, words in ((running.port, "No such session"), (running.session_port, "Here are")):
        if port == running.session_port and path == "/":
            continue
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = _ask(port, request.encode())
        assert answer == "" or answer.startswith("HTTP/1.1 404 ") and words in answer
        assert "x" * 100 not in answer


def test_a_foreign_page_can_open_nothing(running: RunningProducer) -> None:
    async def scene() -> None:
        for port in (running.port, running.session_port):
            with pytest.raises(InvalidStatus, match="403"):
                await connect(
                    f"ws://127.0.0.1:{port}/", origin=Origin("http://evil.example"), proxy=None
                )

    asyncio.run(scene())


def test_no_other_session_is_disturbed(running: RunningProducer) -> None:
    verdicts: list[str] = []
    bystander = threading.Thread(
        target=lambda: verdicts.append(asyncio.run(_play(running.address)))
    )
    bystander.start()
    attacks: list[Callable[[], object]] = [
        *(lambda data=data: _attack(running, data) for data, _ in FRAMES.values()),
        *(
            lambda words=words: _ask(running.port, words.encode("latin-1") + b"\r\n")
            for words, _ in HANDSHAKES.values()
        ),
    ]
    deadline = time.monotonic() + 60.0
    while bystander.is_alive() and time.monotonic() < deadline:
        for attack in attacks:
            attack()
    bystander.join(5.0)
    assert verdicts == ["PASS"]


def _attack(running: RunningProducer, data: bytes) -> None:
    with Raw(running.session_port) as client:
        client.send(data)
        client.closed()


async def _play(address: str, *, fps: int = 100, count: int = 300) -> str:
    """Play a session; the verdict."""
    async with connect(
        address, subprotocols=[Subprotocol(SESSION_PROTOCOL)], max_queue=None, proxy=None
    ) as channel:
        start = VALID["start"] | {"consumer": "bystander", "fps": fps, "count": count}
        await channel.send(json.dumps(start))
        started = decode_producer_message(await channel.recv())
        assert isinstance(started, Started)
        stream = f"ws://{urlsplit(address).hostname}:{started.port}{started.path}"
        crcs = await _watch(stream, started, channel)
        while (
            '"stored"' not in (text := str(await channel.recv())) or f":{count - 1}}}" not in text
        ):
            assert '"error"' not in text
        await channel.send(json.dumps(_results(started.session, crcs)))
        while not isinstance(answer := decode_producer_message(await channel.recv()), Accepted):
            assert not isinstance(answer, Error), answer
        return str(answer.balance.verdict)


async def _watch(address: str, started: Started, channel: ClientConnection) -> list[int]:
    """Take every frame and say of each ten that they are shirts."""
    crcs: list[int] = []
    async with connect(address, subprotocols=[Subprotocol(FRAMES_PROTOCOL)], proxy=None) as stream:
        async for message in stream:
            assert isinstance(message, bytes)
            crcs.append(decode_frame(message)[0].crc)
            if len(crcs) % 10 == 0:
                run = {"type": "predictions", "session": started.session, "epoch": started.epoch}
                run |= {"first": len(crcs) - 10, "labels": [0] * 10, "confidences": [0.5] * 10}
                await channel.send(json.dumps(run | {"digest": run_digest(crcs[-10:])}))
    return crcs


def _results(session: str, crcs: list[int]) -> dict[str, Any]:
    whole = ContentDigest()
    whole.update(crcs)
    count = len(crcs)
    return VALID["results"] | {
        "session": session,
        "counts": {"received": count, "classified": count, "digest": whole.hexdigest()},
        "summary": {
            "model": "net",
            "classes": ["shirt", "bag"],
            "frames": count,
            "counts": [count, 0],
        },
        "samples": [],
    }
