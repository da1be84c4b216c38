"""One connection of the frame stream, from its first frame to its close."""

from __future__ import annotations

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from producer.ports.sender import Sender
from producer.ports.wire import NORMAL, POLICY_VIOLATION
from producer.sessions.live import LiveSession
from shared.errors import CatwalkError, ConnectionLost, StateError
from shared.states import SessionState

log = structlog.get_logger()

NO_STREAM = "the stream was fetched before, or its session is over"


class FrameWire:
    """Where a session's frames go: one connection.

    Args:
        connection: of the frame stream.
    """

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._sender = Sender(connection)

    async def send(self, message: bytes) -> None:
        """Send one frame.

        Raises:
            ConnectionClosed: the connection is gone, or its peer took nothing for 5 s.
        """
        await self._sender.send(message)

    def abort(self) -> None:
        """Cut the connection at once."""
        self._connection.transport.abort()


async def play_out(live: LiveSession, connection: ServerConnection) -> tuple[int, str]:
    """Send a session's frames; gives the code and reason with which to close the stream."""
    try:
        await live.play(FrameWire(connection))
    except StateError as error:
        log.warning("stream-refused", session=live.session, reason=str(error))
        return POLICY_VIOLATION, NO_STREAM
    except ConnectionClosed as closed:
        live.lose_stream(
            ConnectionLost("frame stream lost", where=f"session {live.session}", got=closed)
        )
    except CatwalkError as error:
        live.cut(error)
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Top of the task: the consumer must learn of it on the session channel.
        log.error("stream-failed", session=live.session, cause=repr(error), exc_info=error)
        live.cut(CatwalkError("the producer failed"))
    else:
        if live.core.state is not SessionState.SUSPENDED:
            return NORMAL, ""
    return POLICY_VIOLATION, "the session was lost"
