"""Why a session's connections are of no more use."""

from __future__ import annotations

import asyncio

from shared.errors import CatwalkError, StoppingError


class End:
    """What ends one connection of a session before the session is done: the first word counts.

    A session that is cut has nothing more to say to its consumer but why. One that has only lost
    its frame stream still takes what came of it.

    Args:
        session: the session's name.
    """

    def __init__(self, session: str) -> None:
        self._where = f"session {session}"
        loop = asyncio.get_running_loop()
        self._cut: asyncio.Future[CatwalkError] = loop.create_future()
        self._lost: asyncio.Future[CatwalkError] = loop.create_future()

    @property
    def is_cut(self) -> bool:
        """Whether the consumer is sent away."""
        return self._cut.done()

    @property
    def is_lost(self) -> bool:
        """Whether the frame stream is gone."""
        return self._lost.done()

    @property
    def cause(self) -> CatwalkError | None:
        """The error behind it: of the cut, else of the loss, else none."""
        for reason in (self._cut, self._lost):
            if reason.done():
                return reason.result()
        return None

    def cut(self, cause: CatwalkError) -> None:
        """The session's connections are of no more use."""
        _resolve(self._cut, cause)

    def cut_to_stop(self) -> None:
        """The same, because the producer stops."""
        self.cut(StoppingError("the producer is stopping", where=self._where))

    def lose(self, cause: CatwalkError) -> None:
        """The frame stream is gone."""
        _resolve(self._lost, cause)

    def refuse(self) -> None:
        """Tell whoever was sent away why, and not what the state forbids for that reason.

        Raises:
            CatwalkError: what ``cut`` was told.
        """
        if self.is_cut:
            raise self._cut.result()

    async def wait(self) -> None:
        """Wait for the first of both."""
        await asyncio.wait({self._cut, self._lost}, return_when=asyncio.FIRST_COMPLETED)

    async def wait_cut(self, seconds: float) -> None:
        """Wait for the cut for some time."""
        await asyncio.wait({self._cut}, timeout=seconds)


def _resolve(future: asyncio.Future[CatwalkError], cause: CatwalkError) -> None:
    if not future.done():
        future.set_result(cause)
