"""recalled reads a session's stored predictions back, page by page."""

from __future__ import annotations

from producer_parts import Stage, crcs_of, predictions, virtual

from producer.sessions.recall import recalled
from shared.messages import MAX_RECALL, MAX_RUN, Recalled


async def _read(stage: Stage) -> list[Recalled]:
    pages = recalled(stage.ledger.real, stage.core.plan, stage.core.stored)
    return [page async for page in pages]


@virtual
async def test_it_comes_in_pages_and_as_exactly_as_it_was_sent() -> None:
    frames = MAX_RECALL + 100
    stage = Stage(frames, window=frames)
    await stage.live.play(stage.wire)
    for first in range(0, frames, MAX_RUN):
        crcs = crcs_of(stage.images, range(first, min(first + MAX_RUN, frames)))
        run = predictions(crcs, first=first)
        run = run.model_copy(update={"confidences": (0.9876,) * len(crcs)})
        await stage.live.store(run, stage.live.predict(run))
    pages = await _read(stage)
    assert [(page.first, len(page.labels)) for page in pages] == [(0, 4096), (4096, 100)]
    assert {value for page in pages for value in page.confidences} == {0.9876}
    assert sum((page.labels for page in pages), ()) == tuple(k % 3 for k in range(frames))


@virtual
async def test_a_session_without_stored_frames_has_nothing_to_recall() -> None:
    stage = Stage()
    await stage.live.play(stage.wire)
    assert not await _read(stage)
