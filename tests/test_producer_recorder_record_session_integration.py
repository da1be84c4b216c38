"""Both sides make the same file of the same session, and the producer plays it again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from recorded_ledger import FRAMES, IMAGES, Kept
from recording_parts import CLASSES, SESSION, T0_NS

from consumer.pipeline.records import ResultBatch, StageTimes
from consumer.results.recording import SessionRecording
from producer.datasets.resolve import resolve
from producer.ledger.database import reading
from producer.ledger.runs import predictions
from producer.recorder import record_session
from producer.sessions.pacing import pace_from, recorded_fps
from shared.digests import NO_FRAMES
from shared.messages import Started
from shared.recording.comparison import compare_predictions

STARTED = Started(
    session=SESSION,
    epoch=1,
    frames=FRAMES,
    fps=10.0,
    height=3,
    width=4,
    channels=1,
    classes=(),
    dataset="test",
    origin="here",
    next=0,
    digest=NO_FRAMES,
    window=1024,
    port=6000,
    path=f"/{SESSION}/1",
)


def batch(first: int, count: int) -> ResultBatch:
    """What the consumer had of these frames; its confidences are not rounded yet."""
    numbers = np.arange(first, first + count)
    labels = np.where(numbers % 100 == 50, -1, numbers % 3).astype(np.int16)
    return ResultBatch(
        first=first,
        images=tuple(IMAGES.stack[numbers % 5]),
        indices=numbers % 5,
        crcs=np.zeros(count, np.uint32),
        labels=labels,
        confidences=np.where(labels < 0, 0, 0.500049).astype(np.float32),
        times=StageTimes(*[T0_NS + numbers * 10**8] * 4),
        reasons={k: "too-large" for k in numbers[labels < 0].tolist()},
    )


def record(kept: Kept) -> None:
    """Make ``a.session`` of the ledger."""
    with reading(kept.url) as connection:
        record_session(connection, SESSION, IMAGES, kept.folder / "a.session")


def test_both_sides_make_the_same_file(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    asyncio.run(kept.write())
    record(kept)
    path = tmp_path / "consumer.session"
    with SessionRecording(path, STARTED, model="tiny", classes=CLASSES) as recording:
        for first in range(0, FRAMES, 60):
            recording.update(batch(first, 60))
        recording.finish()
    assert path.read_bytes() == (tmp_path / "a.session").read_bytes()


def test_a_recording_is_played_with_its_times_and_compared_with_its_session(
    tmp_path: Path,
) -> None:
    kept = Kept(tmp_path)
    asyncio.run(kept.write())
    record(kept)
    found = resolve(str(tmp_path / "a.session"))
    assert found.recording is not None
    np.testing.assert_array_equal(found.images.stack, IMAGES.stack[np.arange(FRAMES) % 5])
    offsets = found.recording.offsets_s
    pace = pace_from(0, 0.0, fps=recorded_fps(offsets), offsets_s=offsets)
    assert [round(pace.due(k), 6) for k in (0, 1, FRAMES)] == [0.0, 0.1, FRAMES / 10]
    with reading(kept.url) as connection:
        stored = predictions(connection, SESSION, first=0, limit=None)
    assert not compare_predictions(
        found.recording, stored.labels, stored.confidences, classes=CLASSES
    )
