"""stream_uri: the producer's host with the stream's port and path."""

from __future__ import annotations

import pytest
from consumer_parts import SESSION, started

from consumer.session.conversation import stream_uri


@pytest.mark.parametrize(
    ("producer", "stream"),
    [
        ("ws://127.0.0.1:7000", "ws://127.0.0.1:6001"),
        ("ws://127.0.0.1:7000/", "ws://127.0.0.1:6001"),
        ("ws://[::1]:7000", "ws://[::1]:6001"),
        ("ws://[2001:db8::7]", "ws://[2001:db8::7]:6001"),
        ("ws://producer:7000", "ws://producer:6001"),
        ("wss://catwalk.example.org", "wss://catwalk.example.org:6001"),
    ],
)
def test_host_and_scheme_stay_and_the_rest_is_the_streams(producer: str, stream: str) -> None:
    assert stream_uri(producer, started(port=6001)) == f"{stream}/{SESSION}/1"
