"""One consumer's conversation on the session channel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from producer.metrics import Metrics
from producer.ports.rate import RateLimit
from producer.ports.sender import Sender
from producer.ports.wire import (
    NORMAL,
    POLICY_VIOLATION,
    TRY_AGAIN_LATER,
    close_or_abort,
)
from producer.sessions.feed import Feed, Figures
from producer.sessions.live import LiveSession, Tell
from producer.sessions.outstanding import TakenRun
from shared.errors import CatwalkError, LimitError, MessageError, NoSessionError, StateError
from shared.messages import (
    Error,
    Message,
    Predictions,
    Results,
    SessionQuery,
    SessionsQuery,
    Start,
    Stop,
    Watch,
    decode_consumer_message,
    encode_message,
)

log = structlog.get_logger()

MAX_MESSAGE = 64 * 1024
PROGRESS_S = 1.0
WATCH_S = 0.25
"""How often those who watch are told what has changed."""

_E = TypeVar("_E", bound=Exception)
Open = Callable[[Start, Tell], Awaitable[LiveSession]]
Query = Callable[[SessionsQuery | SessionQuery], Awaitable[Message]]


class Conversation:
    """One connection: at most one session or one feed, and any number of queries."""

    def __init__(
        self,
        connection: ServerConnection,
        open_session: Open,
        answer: Query,
        *,
        figures: Figures,
        metrics: Metrics,
        rate: RateLimit,
    ) -> None:
        self._connection = connection
        self._sender = Sender(connection)
        self._rate = rate
        self._open = open_session
        self._answer = answer
        self._figures = figures
        self._metrics = metrics
        self._watching = False
        self._live: LiveSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._runs: asyncio.Queue[tuple[Predictions, TakenRun]] = asyncio.Queue()

    async def run(self) -> None:
        """Converse until the consumer leaves or must be sent away."""
        try:
            await self._part(await self._converse())
        finally:
            # Only now: a stop waits for this, and must not close before the error is sent.
            if self._live is not None:
                self._live.leave()
            # The session tells its news by a method of this: together they would stay until the
            # collector comes.
            self._live = None
            self._tasks.clear()

    async def _converse(self) -> CatwalkError | None:
        """The error to send the consumer away with, or None where it has left."""
        try:
            end = await self._hear_out()
        except asyncio.CancelledError:
            # The producer ends at once: nothing is waited for.
            if self._live is not None:
                self._live.abandon("the producer ends")
            raise
        if self._live is not None:
            await self._live.lose(end)
        return end if isinstance(end, CatwalkError) else None

    async def _hear_out(self) -> CatwalkError | str:
        """Why the conversation is over: the error to be told, or how the consumer has left."""
        cause = "the connection was closed"
        error: CatwalkError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                await self._listen(group)
                self._dismiss()
        except* ConnectionClosed as closed:
            cause = str(closed.exceptions[0])
        except* Exception as failed:  # pylint: disable=broad-exception-caught
            # Top of the task: one broken conversation must not pass in silence, nor end the others.
            error = _blame(failed)
        return error or cause

    async def _listen(self, group: asyncio.TaskGroup) -> None:
        async for text in self._connection:
            if wait := self._rate.take():
                # Who is not read has to wait: nobody is harmed, and nobody need be cut.
                await asyncio.sleep(wait)
            _check_size(text)
            message = decode_consumer_message(text)
            if isinstance(message, (SessionsQuery, SessionQuery)):
                await self._reply(message)
            elif isinstance(message, Start):
                await self._start(message, group)
            elif isinstance(message, Watch):
                self._watch(group)
            else:
                await self._advance(self._mine(message.session), message)

    async def _reply(self, query: SessionsQuery | SessionQuery) -> None:
        try:
            await self._tell(await self._answer(query))
        except NoSessionError as error:
            await self._tell(Error(code=error.code, message=str(error), fatal=False))

    async def _start(self, start: Start, group: asyncio.TaskGroup) -> None:
        self._check_unused("start")
        self._live = await self._open(start, self._tell)
        self._tasks = {
            group.create_task(self._live.report_progress(PROGRESS_S)),
            group.create_task(self._store(self._live)),
            group.create_task(self._live.watch_stream()),
        }

    def _watch(self, group: asyncio.TaskGroup) -> None:
        self._check_unused("watch")
        self._watching = True
        self._tasks = {group.create_task(self._feed())}

    async def _feed(self) -> None:
        feed = Feed()
        while True:
            news = feed.look(self._figures.present())
            for event in news.changed:
                await self._tell(event)
                # The frames of the sessions go before the news of them.
                await asyncio.sleep(0)
            for told in news.left:
                await self._tell(await self._figures.last(told))
            await asyncio.sleep(WATCH_S)

    def _check_unused(self, wish: str) -> None:
        """A session and a feed each have a connection of their own."""
        if self._live is not None or self._watching:
            other = f"session {self._live.session}" if self._live else "a watch"
            raise StateError(
                f"{wish} beside {other}",
                where="this connection",
                expected="a connection of its own",
            )

    async def _advance(self, live: LiveSession, message: Predictions | Stop | Results) -> None:
        if isinstance(message, Predictions):
            # Checked at once, stored by a task: the next run can arrive while this one is written.
            self._runs.put_nowait((message, live.predict(message)))
        elif isinstance(message, Stop):
            await live.stop(message.at, "consumer")
        else:
            await live.accept(message)

    async def _store(self, live: LiveSession) -> None:
        while True:
            await live.store(*await self._runs.get())

    def _mine(self, session: str) -> LiveSession:
        if self._live is None or self._live.session != session:
            raise StateError(
                "message for another session",
                where="this connection",
                expected=self._live.session if self._live else "start first",
                got=session,
            )
        return self._live

    async def _tell(self, message: Message) -> None:
        await self._sender.send(encode_message(message))

    async def _part(self, error: CatwalkError | None) -> None:
        if error is None:
            await close_or_abort(self._connection, NORMAL)
            return
        self._metrics.refusals.labels(error.code).inc()
        log.warning("refused", code=error.code, reason=str(error))
        try:
            await self._tell(Error(code=error.code, message=str(error)[:2000]))
        except ConnectionClosed:
            log.debug("left-before-the-error", code=error.code)
        code = TRY_AGAIN_LATER if isinstance(error, LimitError) else POLICY_VIOLATION
        await close_or_abort(self._connection, code, error.code)

    def _dismiss(self) -> None:
        for task in self._tasks:
            task.cancel()


def _blame(failed: ExceptionGroup[Exception]) -> CatwalkError:
    """The first documented error; what nobody has foreseen is logged, and not told."""
    documented, unforeseen = failed.split(CatwalkError)
    if unforeseen is not None or documented is None:
        bug = _first(unforeseen or failed)
        log.error("conversation-failed", cause=repr(bug), exc_info=bug)
        return CatwalkError("the producer failed")
    return _first(documented)


def _first(group: ExceptionGroup[_E]) -> _E:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def _check_size(text: str | bytes) -> None:
    size = len(text.encode()) if isinstance(text, str) else len(text)
    if size > MAX_MESSAGE and '"results"' not in str(text[:64]):
        raise MessageError(
            "message too large",
            where="the session channel",
            expected=f"at most {MAX_MESSAGE} bytes",
            got=size,
        )
