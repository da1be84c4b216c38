"""record_session makes a recording of what the ledger and the data set hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from recorded_ledger import FRAMES, IMAGES, Kept
from recording_parts import CLASSES, SESSION, T0_NS
from structlog.testing import capture_logs

from producer.ledger.database import reading
from producer.ledger.records import Skip
from producer.recorder import record_session
from shared.errors import DataError, NoSessionError
from shared.intake.imageset import ImageSet
from shared.recording.manifest import Manifest
from shared.recording.reader import read_recording
from shared.states import SessionState


def record(kept: Kept, session: str = SESSION, images: ImageSet = IMAGES) -> Manifest:
    """Record the session to ``a.session``."""
    with reading(kept.url) as connection:
        return record_session(connection, session, images, kept.folder / "a.session")


@pytest.fixture(name="kept")
def empty_ledger(tmp_path: Path) -> Kept:
    """A ledger to write the session to."""
    return Kept(tmp_path)


def test_a_session_of_the_ledger_is_recorded_whole(kept: Kept) -> None:
    asyncio.run(kept.write())
    with capture_logs() as logs:
        manifest = record(kept)
    recording = read_recording(kept.folder / "a.session")
    assert recording.about == manifest
    assert (manifest.session, manifest.classes, manifest.dataset) == (SESSION, CLASSES, "test")
    assert (manifest.model, manifest.fps, manifest.t0_ns) == ("tiny", 10.0, T0_NS)
    numbers = np.arange(FRAMES)
    np.testing.assert_array_equal(recording.image_set().stack, IMAGES.stack[numbers % 5])
    np.testing.assert_array_equal(recording.indices, numbers % 5)
    np.testing.assert_array_equal(recording.sent_ns, numbers * 10**8)
    np.testing.assert_array_equal(recording.labels, np.where(numbers % 100 == 50, -1, numbers % 3))
    np.testing.assert_array_equal(recording.reasons, numbers % 100 == 50)
    assert manifest.reasons == ("too-large",)
    assert [entry["event"] for entry in logs] == ["session-recorded"]


def test_skipped_frames_are_not_in_the_recording(kept: Kept) -> None:
    asyncio.run(kept.write(10, skips=[Skip(0, 2)]))
    record(kept)
    recording = read_recording(kept.folder / "a.session")
    assert recording.indices.tolist() == [2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert recording.about.delivery == "newest"


def test_a_session_that_is_not_over_is_recorded_as_far_as_it_is(kept: Kept) -> None:
    asyncio.run(kept.write(10, state=SessionState.SUSPENDED))
    with capture_logs() as logs:
        assert record(kept).frames == 10
    assert [entry["event"] for entry in logs] == ["session-not-over", "session-recorded"]


def test_another_data_set_is_refused(kept: Kept) -> None:
    asyncio.run(kept.write(10))
    other = ImageSet(IMAGES.stack[::-1], where="other")
    with pytest.raises(DataError, match="another data set in other: expected that of session 0123"):
        record(kept, images=other)
    assert not (kept.folder / "a.session").exists()


def test_frames_that_are_not_those_classified_are_refused(kept: Kept) -> None:
    asyncio.run(kept.write(10, images=ImageSet(IMAGES.stack[::-1])))
    with pytest.raises(DataError, match="not the frames that were classified in the recording of"):
        record(kept)
    assert not list(kept.folder.glob("a.session*"))


def test_an_unknown_session_is_refused(kept: Kept) -> None:
    asyncio.run(kept.write(10))
    with pytest.raises(NoSessionError, match="no such session in the ledger"):
        record(kept, "f" * 16)


def test_a_session_without_frames_is_refused(kept: Kept) -> None:
    asyncio.run(kept.write(0))
    with pytest.raises(DataError, match="nothing to record in session"):
        record(kept)
    assert not list(kept.folder.glob("a.session*"))
