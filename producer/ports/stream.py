"""The frame stream, port 6000: one binary message a frame, nothing in return."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from producer.ports.wire import (
    NORMAL,
    POLICY_VIOLATION,
    SERVE_OPTIONS,
    close_or_abort,
    send_or_abort,
)
from producer.sessions.live import LiveSession
from shared.errors import CatwalkError, ConnectionLost, StateError
from shared.messages import FRAMES_PROTOCOL
from shared.states import SessionState

log = structlog.get_logger()

MAX_INBOUND = 4 * 1024
NO_STREAM = "the stream was fetched before, or its session is over"


class FrameStream:
    """Serves the frames of the sessions that are live.

    Args:
        sessions: the live sessions by name.
    """

    def __init__(self, sessions: Mapping[str, LiveSession]) -> None:
        self._sessions = sessions

    async def listen(self, host: str, port: int) -> Server:
        """Start to serve.

        Raises:
            OSError: the port cannot be listened on.
        """
        return await serve(
            self._play,
            host,
            port,
            subprotocols=[Subprotocol(FRAMES_PROTOCOL)],
            process_request=self._admit,
            max_size=MAX_INBOUND,
            **SERVE_OPTIONS,
        )

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path[1:] in self._sessions:
            return None
        return connection.respond(
            HTTPStatus.NOT_FOUND, "No such session: open one on the session channel first.\n"
        )

    async def _play(self, connection: ServerConnection) -> None:
        request = connection.request
        live = self._sessions.get(request.path[1:]) if request is not None else None
        if live is None:
            await close_or_abort(connection, POLICY_VIOLATION, NO_STREAM)
        else:
            code, reason = await _play(live, connection)
            await close_or_abort(connection, code, reason)


async def _play(live: LiveSession, connection: ServerConnection) -> tuple[int, str]:
    """Send the frames; the code and reason with which to close the stream."""
    try:
        await live.play(partial(send_or_abort, connection))
    except StateError as error:
        log.warning("stream-refused", session=live.session, reason=str(error))
        return POLICY_VIOLATION, NO_STREAM
    except ConnectionClosed as closed:
        live.cut(ConnectionLost("frame stream lost", where=f"session {live.session}", got=closed))
    except CatwalkError as error:
        live.cut(error)
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Top of the task: the consumer must learn of it on the session channel.
        log.error("stream-failed", session=live.session, cause=repr(error))
        live.cut(CatwalkError("the producer failed"))
    else:
        if live.core.state is not SessionState.BROKEN:
            return NORMAL, ""
    return POLICY_VIOLATION, "the session was lost"
