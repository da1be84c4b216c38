"""A session's state in the ledger, beside its stored runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import structlog

from producer.ledger.ledger import Ledger
from producer.ledger.records import Skip
from producer.sessions.end import End
from producer.sessions.session import SessionCore
from shared.errors import StoreError
from shared.states import SessionState

log = structlog.get_logger()

T = TypeVar("T")


class Marks:
    """Writes down how one session is.

    Args:
        core: its counts and state.
        ledger: where.
    """

    def __init__(self, core: SessionCore, ledger: Ledger) -> None:
        self._core = core
        self._ledger = ledger

    async def mark(self) -> None:
        """Write it down.

        Raises:
            StoreError: the database failed.
        """
        await self._write(self._ledger.mark)

    async def mark_complete(self) -> None:
        """Write it down where all predictions are stored.

        Raises:
            StoreError: the database failed.
        """
        if self._core.state is SessionState.COMPLETE:
            await self.mark()

    async def mark_or_cut(self, end: End) -> None:
        """Write down a stop; of one that is not on disk nothing may be said, its end included.

        Raises:
            StoreError: the database failed; the session was cut with it.
        """
        try:
            await self.mark()
        except StoreError as error:
            end.cut(error)
            raise
        except asyncio.CancelledError:
            end.cut_to_stop()
            raise

    async def mark_lost(self) -> None:
        """Write it down for a consumer that is gone: nobody is left to be told of a failure."""
        try:
            await self.mark()
        except StoreError as error:
            # The stored runs say the same.
            plan = self._core.plan
            log.error(
                "session-not-marked",
                session=plan.session,
                epoch=plan.epoch,
                code=error.code,
                reason=str(error),
            )

    def note(self) -> None:
        """As ``mark_lost``, but nobody waits for it."""
        with suppress(StoreError):
            self._write(self._ledger.note)

    def _write(self, write: Callable[..., T]) -> T:
        core = self._core
        is_complete = core.state is SessionState.COMPLETE
        return write(
            core.plan.session,
            core.plan.epoch,
            core.state,
            core.frames,
            skips=tuple(Skip(*skip) for skip in core.trailing) if is_complete else (),
            wire=core.wire,
        )
