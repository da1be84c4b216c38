"""lost tells a producer without room from any other loss."""

from __future__ import annotations

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from consumer.link import lost
from shared.errors import ConnectionLost, LimitError

URI = "ws://127.0.0.1:7000"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too many sessions", f"no room at the producer at {URI}: got too many sessions"),
        ("", f"no room at the producer at {URI}"),
    ],
)
def test_a_close_with_1013_is_worth_another_try(reason: str, words: str) -> None:
    error = lost("session channel lost", URI, ConnectionClosed(Close(1013, reason), None))
    assert isinstance(error, LimitError)
    assert str(error) == words


@pytest.mark.parametrize(
    "closed",
    [
        ConnectionClosed(None, None),
        ConnectionClosed(Close(1001, ""), None),
        ConnectionClosed(None, Close(1013, "")),
    ],
    ids=["cut", "going away", "closed by us"],
)
def test_any_other_close_is_a_loss(closed: ConnectionClosed) -> None:
    error = lost("session channel lost", URI, closed)
    assert isinstance(error, ConnectionLost)
    assert str(error).startswith(f"session channel lost at {URI}: got ")
