"""Marks: how a session is, written down, and what a failing database does to it."""

from __future__ import annotations

import asyncio

import pytest
from producer_parts import SESSION, Stage, virtual
from structlog.testing import capture_logs

from producer.sessions.end import End
from producer.sessions.marks import Marks
from shared.errors import StoppingError, StoreError
from shared.states import SessionState

S = SessionState


class _Scene:
    """A session of six frames, its marks and its end."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.marks = Marks(self.stage.core, self.stage.ledger.real)
        self.end = End(SESSION)

    def fail(self) -> None:
        """The database fails from now on."""
        self.stage.ledger.failure = StoreError("the database failed")

    @property
    def written(self) -> list[tuple[SessionState, int]]:
        """What the ledger was told."""
        return self.stage.ledger.marks


@virtual
async def test_a_mark_says_the_state_and_the_frames() -> None:
    scene = _Scene()
    await scene.marks.mark()
    scene.stage.core.attach()
    await scene.marks.mark()
    assert scene.written == [(S.OPENED, 6), (S.STREAMING, 6)]


@virtual
async def test_a_session_that_is_not_complete_is_not_marked_as_such() -> None:
    scene = _Scene()
    await scene.marks.mark_complete()
    assert not scene.written
    scene.stage.core.stop(0)
    await scene.marks.mark_complete()
    assert scene.written == [(S.COMPLETE, 0)]


@virtual
async def test_a_stop_that_is_not_on_disk_cuts_the_session() -> None:
    scene = _Scene()
    scene.fail()
    with pytest.raises(StoreError):
        await scene.marks.mark_or_cut(scene.end)
    assert isinstance(scene.end.cause, StoreError)


@virtual
async def test_a_stop_that_is_interrupted_cuts_the_session() -> None:
    scene = _Scene()
    scene.stage.ledger.marking.clear()
    marking = asyncio.create_task(scene.marks.mark_or_cut(scene.end))
    await asyncio.sleep(1.0)
    marking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await marking
    assert isinstance(scene.end.cause, StoppingError)


@virtual
async def test_for_a_consumer_that_is_gone_a_failure_is_a_line_in_the_log() -> None:
    scene = _Scene()
    scene.fail()
    with capture_logs() as lines:
        await scene.marks.mark_lost()
        scene.marks.note()
    assert [(line["event"], line["session"], line["code"]) for line in lines] == [
        ("session-not-marked", SESSION, "store-failed")
    ]


@virtual
async def test_a_note_is_written_without_waiting() -> None:
    scene = _Scene()
    scene.stage.core.lose()
    scene.marks.note()
    assert scene.written == [(S.SUSPENDED, 6)]
