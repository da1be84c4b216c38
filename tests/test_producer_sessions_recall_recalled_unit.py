"""recalled reads a session's stored predictions back, page by page."""

from __future__ import annotations

import pytest
from producer_parts import Stage, crcs_of, predictions, run_virtual, virtual

from producer.sessions import recall
from producer.sessions.recall import recalled
from shared.messages import MAX_RECALL, MAX_RUN, Recalled, encode_message


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


async def _doubting(frames: int, width: int, monkeypatch: pytest.MonkeyPatch) -> list[Recalled]:
    """The pages of a session whose sets have so many classes, of which a page takes twelve."""
    monkeypatch.setattr(recall, "MOST_MEMBERS", 12)
    stage = Stage(frames, window=frames)
    await stage.live.play(stage.wire)
    run = predictions(crcs_of(stage.images, range(frames)), labels=[-1] + [0] * (frames - 1))
    doubt = {
        "sets": ((), *[tuple(range(width))] * (frames - 1)),
        "novelties": (0.0, *[0.9876] * (frames - 1)),
    }
    run = run.model_copy(update=doubt)
    await stage.live.store(run, stage.live.predict(run))
    return await _read(stage)


@pytest.mark.parametrize(
    ("width", "sizes"), [(1, [6]), (4, [4, 2]), (5, [3, 2, 1]), (40, [1, 1, 1, 1, 1, 1])]
)
def test_doubt_comes_back_in_pages_of_so_many_classes(
    width: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = run_virtual(_doubting(6, width, monkeypatch))
    assert [len(page.labels) for page in pages] == sizes
    assert [page.first for page in pages] == [sum(sizes[:k]) for k in range(len(sizes))]
    sets = sum((page.sets or () for page in pages), ())
    assert sets == ((), *[tuple(range(width))] * 5)
    assert sum((page.novelties or () for page in pages), ()) == (0.0, *[0.9876] * 5)
    assert [frame.sequence for page in pages for frame in page.unclassified] == [0]


@virtual
async def test_frames_of_which_nothing_was_told_are_so_on_a_page_with_others() -> None:
    stage = Stage(4)
    await stage.live.play(stage.wire)
    first, second = (crcs_of(stage.images, frames) for frames in (range(2), range(2, 4)))
    quiet, told = predictions(first), predictions(second, first=2)
    doubt = {"sets": ((2,), (0, 1)), "novelties": (0.25, 0.5)}
    for run in (quiet, told.model_copy(update=doubt)):
        await stage.live.store(run, stage.live.predict(run))
    (page,) = await _read(stage)
    assert page.sets == ((), (), (2,), (0, 1))
    assert page.novelties == (None, None, 0.25, 0.5)


@virtual
async def test_without_doubt_a_page_is_what_it_always_was() -> None:
    stage = Stage(2)
    await stage.live.play(stage.wire)
    stage_run, taken = stage.take(2)
    await stage.live.store(stage_run, taken)
    (page,) = await _read(stage)
    assert "sets" not in encode_message(page) and "novelties" not in encode_message(page)
