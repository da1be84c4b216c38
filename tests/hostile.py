"""What a hostile peer may send: messages that are nearly right, and bytes that are no frames."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st
from services import RunningProducer
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from shared import errors
from shared.messages import SESSION_PROTOCOL, Error, ProducerMessage, decode_producer_message

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "200"))
"""How many examples of each kind: some hundreds on every push, 5,000 in the full run."""

PATIENCE_S = 15.0
SESSION = "0123456789abcdef"
UNKNOWN = "f" * 16
END = json.dumps({"type": "session", "session": UNKNOWN})
"""A query whose answer shows that all before it has been dealt with."""

DIGEST = "6b42c62e647371f69776b3f3a86b4db0"
VALID: dict[str, dict[str, Any]] = {
    "start": {
        "type": "start",
        "consumer": "hostile",
        "fps": 0,
        "count": 3,
        "delivery": "every",
        "model": "net",
        "classes": ["shirt", "bag"],
    },
    "predictions": {
        "type": "predictions",
        "session": SESSION,
        "epoch": 1,
        "first": 0,
        "labels": [1, 0, -1],
        "confidences": [0.98, 0.61, 0.0],
        "digest": DIGEST,
        "unclassified": [{"sequence": 2, "reason": "too-large"}],
        "sets": [[1], [0, 1], []],
        "novelties": [0.1, 0.65, 0.0],
    },
    "stop": {"type": "stop", "session": SESSION, "at": 0},
    "results": {
        "type": "results",
        "session": SESSION,
        "counts": {"received": 3, "classified": 3, "digest": DIGEST},
        "summary": {
            "model": "net",
            "classes": ["shirt", "bag"],
            "frames": 3,
            "counts": [1, 2],
            "latencies": {"end_to_end": {"count": 2, "p50": 0.9, "max": 1.2}},
            "doubt": {"frames": 3, "mean_set_size": 1.0, "set_sizes": [3, 0, 0, 0]},
        },
        "samples": [{"sequence": 0, "index": 0, "label": 1, "confidence": 0.98, "png": "iVBORw0K"}],
    },
    "sessions": {"type": "sessions", "limit": 10},
    "session": {"type": "session", "session": SESSION},
    "watch": {"type": "watch"},
}
# Each as it stands in the text: most of them no value that json.dumps would write.
TOKENS = (
    "null true -1 0 -0 0.5 1e400 -1e400 1E-400 NaN Infinity -Infinity 4294967296 [] {} [[1]] tru "
    '9223372036854775808 "" "\\ud800" "\\udfff\\ud800" "\\u0000" "../../etc/passwd" \' '
    '"0123456789ABCDEF" "0123456789abcdef\\n" "%00" "every\\u0000" [null] {"type":"start"}'
).split() + [
    "1" + "0" * 400,
    "1" * 5000,
    '"' + "x" * 2**20 + '"',
    "[" * 10_000 + "]" * 10_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
    "[" + "1," * 300 + "1]",
    "",
]
ANY_TEXT = st.text(st.characters(codec=None), max_size=20)
VALUES: st.SearchStrategy[str] = st.sampled_from(TOKENS) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=8,
).map(json.dumps)


class _Object(list[tuple[str, Any]]):
    """A JSON object as pairs, so that a key may stand twice; values are texts or objects."""

    def text(self) -> str:
        """As it is sent."""
        pairs = (
            f"{key}:{value.text() if isinstance(value, _Object) else value}" for key, value in self
        )
        return "{" + ",".join(pairs) + "}"

    def nodes(self) -> Iterator[_Object]:
        """This object and all within it."""
        yield self
        for _, value in self:
            if isinstance(value, _Object):
                yield from value.nodes()


def _taken_apart(value: dict[str, Any]) -> _Object:
    return _Object(
        (json.dumps(key), _taken_apart(part) if isinstance(part, dict) else json.dumps(part))
        for key, part in value.items()
    )


@st.composite
def messages(draw: st.DrawFn, kind: str) -> str:
    """Texts that were a message of this type before something was done to them."""
    message = _taken_apart(VALID[kind])
    for _ in range(draw(st.integers(1, 3))):
        _spoil(draw, draw(st.sampled_from([*message.nodes()])))
    text = message.text()
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    return text


def _spoil(draw: st.DrawFn, node: _Object) -> None:
    how = draw(st.sampled_from(("replace", "replace", "drop", "add", "repeat")))
    if how == "add" or not node:
        node.append((json.dumps(draw(ANY_TEXT)), draw(VALUES)))
        return
    place = draw(st.integers(0, len(node) - 1))
    if how == "replace":
        node[place] = (node[place][0], draw(VALUES))
    elif how == "drop":
        del node[place]
    else:
        node.insert(draw(st.integers(0, len(node))), (node[place][0], draw(VALUES)))


class Raw:
    """A client that shakes hands as it should and then sends any bytes at all.

    Args:
        port: of this machine.
        path: to ask for.
        protocol: the subprotocol to offer.
    """

    def __init__(self, port: int, path: str = "/", protocol: str = SESSION_PROTOCOL) -> None:
        uri = parse_uri(f"ws://127.0.0.1:{port}{path}")
        self._protocol = ClientProtocol(uri, subprotocols=[Subprotocol(protocol)], max_size=None)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._heard: list[str] = []
        self._deadline = time.monotonic() + 2 * PATIENCE_S
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while self._protocol.state is State.CONNECTING and self._read():
            pass
        if self._protocol.handshake_exc is not None:
            self.leave()
            raise self._protocol.handshake_exc

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Cut the connection."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are; what the producer does not take any more is lost."""
        try:
            self._socket.sendall(data)
        except ConnectionError:
            pass

    def say(self, *texts: str) -> None:
        """Send text messages in one go."""
        frames = (Frame(Opcode.TEXT, text.encode()).serialize(mask=True) for text in texts)
        self.send(b"".join(frames))

    def hear(self) -> ProducerMessage | None:
        """The next message; None once the connection is closed."""
        while not self._heard and self._read():
            pass
        return decode_producer_message(self._heard.pop(0)) if self._heard else None

    def closed(self) -> int | None:
        """The code with which the producer closes; None where it has cut the connection."""
        while self._read():
            pass
        return self._protocol.close_rcvd.code if self._protocol.close_rcvd else None

    def _read(self) -> bool:
        """Take in what has come; False at the end."""
        # The producer's pings come for ever.
        assert time.monotonic() < self._deadline, "neither an answer nor a close"
        try:
            data = self._socket.recv(65536)
        except ConnectionError:
            data = b""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._heard.append(bytes(event.data).decode())
        self._flush()
        return bool(data)

    def _flush(self) -> None:
        for part in self._protocol.data_to_send():
            if part:
                self.send(part)


def documented() -> set[str]:
    """The codes with which a producer may answer a peer's mistake."""
    return {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.PeerError)
    }


def check_answers(client: Raw) -> list[ProducerMessage]:
    """Hear all until the answer to END or the close: documented codes and closes, nothing else."""
    answers: list[ProducerMessage] = []
    while (answer := client.hear()) is not None:
        answers.append(answer)
        if isinstance(answer, Error):
            assert answer.code in documented(), answer
            assert len(answer.message) <= 600, answer
            if answer.fatal:
                assert client.closed() in (1008, 1013)
                return answers
            if UNKNOWN in answer.message:
                return answers
    assert client.closed() in (1008, 1009, 1013)
    return answers


def check_log(running: RunningProducer) -> None:
    """Nothing but information and warnings, and no traceback."""
    text = (running.folder / "producer.log").read_text(encoding="utf-8")
    assert "Traceback" not in text, text[text.index("Traceback") :][:5000]
    assert {line["level"] for line in running.log()} <= {"debug", "info", "warning"}
