"""What both ports have in common: limits, timeouts, and a close that a frozen peer cannot hold."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from websockets.asyncio.server import ServerConnection

OPEN_TIMEOUT_S = 5.0
PING_S = 10.0
CLOSE_TIMEOUT_S = 3.0
NORMAL = 1000
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013

# What a peer does wrong is logged by us in one line; the library would add a traceback to it.
_silent = logging.getLogger("catwalk.websockets")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False

SERVE_OPTIONS: dict[str, Any] = {
    "compression": None,
    "open_timeout": OPEN_TIMEOUT_S,
    "ping_interval": PING_S,
    "ping_timeout": PING_S,
    "close_timeout": CLOSE_TIMEOUT_S,
    "server_header": None,
    "logger": _silent,
}
"""Options of ``websockets.serve`` for both ports; noise does not compress, so nothing is."""


async def close_or_abort(connection: ServerConnection, code: int, reason: str = "") -> None:
    """Close politely; cut the connection when the peer does not answer within 3 s.

    The library's own close waits without end for a peer that has stopped to read.
    """
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await connection.close(code, reason)
    except TimeoutError:
        connection.transport.abort()
