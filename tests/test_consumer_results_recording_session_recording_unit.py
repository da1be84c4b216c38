"""SessionRecording keeps a session whole, or says that it does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from consumer_parts import recalled
from recording_parts import CLASSES, SESSION, T0_NS, block
from structlog.testing import capture_logs
from structlog.typing import EventDict

from consumer.pipeline.records import ResultBatch, StageTimes
from consumer.results.recording import SessionRecording
from shared.digests import NO_FRAMES
from shared.errors import StoreError
from shared.messages import Started
from shared.recording import writer
from shared.recording.reader import read_recording

STARTED = Started(
    session=SESSION,
    epoch=1,
    frames=9,
    fps=10.0,
    delivery="newest",
    height=3,
    width=4,
    channels=1,
    classes=(),
    dataset="test",
    origin="here",
    next=0,
    digest=NO_FRAMES,
    window=16,
    port=6000,
    path=f"/{SESSION}/1",
)


def batch(first: int, count: int) -> ResultBatch:
    """Classified frames; those of ``recording_parts.block``."""
    frames = block(first, count)
    times = np.zeros(count, np.int64)
    return ResultBatch(
        first=first,
        images=tuple(frames.images),
        indices=frames.indices,
        crcs=np.zeros(count, np.uint32),
        labels=frames.labels,
        confidences=frames.confidences,
        times=StageTimes(sent=frames.sent_ns, received=times, taken=times, done=times),
        reasons=frames.reasons,
    )


def recording_to(path: Path, dataset: str = "test") -> SessionRecording:
    """The recording of the session."""
    started = STARTED.model_copy(update={"dataset": dataset})
    return SessionRecording(path, started, model="tiny", classes=CLASSES)


def test_a_finished_session_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    with capture_logs() as logs, recording_to(path) as recording:
        recording.update(batch(0, 4))
        recording.update(batch(4, 5))
        assert recording.finish() == path
    found = read_recording(path)
    about = found.about
    assert (about.session, about.model, about.classes) == (SESSION, "tiny", CLASSES)
    assert (about.dataset, about.fps, about.delivery) == ("test", 10.0, "newest")
    assert (about.t0_ns, len(found)) == (T0_NS, 9)
    assert found.labels.tolist() == [0, 1, -1] * 3
    assert logs == [
        {
            "event": "session-recorded",
            "log_level": "info",
            "session": SESSION,
            "file": str(path),
            "frames": 9,
        }
    ]


def given_up(logs: Sequence[EventDict]) -> object:
    """Why nothing was recorded: said once."""
    assert [entry["event"] for entry in logs] == ["not-recorded"]
    assert logs[0]["log_level"] == "warning"
    assert str(logs[0]["instead"]).startswith(f"producer record {SESSION} ")
    return logs[0]["reason"]


def test_a_session_taken_up_in_its_middle_is_not_recorded_and_goes_on(tmp_path: Path) -> None:
    with capture_logs() as logs, recording_to(tmp_path / "a.session") as recording:
        recording.recall(recalled(0, [1, 2, 0, 1]))
        recording.recall(recalled(4, [2]))
        recording.update(batch(5, 4))
        assert recording.finish() is None
    assert given_up(logs) == "frames 0 to 3 were not received here"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("dataset", "option"),
    [
        ("builtin", ""),
        ("fashion-mnist:test", ""),
        ("a.pickle", " --dataset a.pickle"),
        ("my $(set).pickle", " --dataset 'my $(set).pickle'"),
    ],
)
def test_the_command_that_records_it_names_a_data_set_that_is_a_file(
    dataset: str, option: str, tmp_path: Path
) -> None:
    path = tmp_path / "my own.session"
    with capture_logs() as logs, recording_to(path, dataset) as recording:
        assert recording.finish() is None
    assert logs[0]["instead"] == f"producer record {SESSION} '{path}'{option}"


def test_a_gap_ends_the_recording(tmp_path: Path) -> None:
    with capture_logs() as logs, recording_to(tmp_path / "a.session") as recording:
        recording.update(batch(0, 4))
        recording.update(batch(5, 4))
        assert recording.finish() is None
    assert "expected frame 4, got frame 5" in str(given_up(logs))
    assert not list(tmp_path.iterdir())


def test_a_session_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    with capture_logs() as logs, pytest.raises(ZeroDivisionError):
        with recording_to(tmp_path / "a.session") as recording:
            recording.update(batch(0, 4))
            raise ZeroDivisionError
    assert given_up(logs) == "the session was not finished"
    assert not list(tmp_path.iterdir())


def test_a_session_without_frames_has_no_recording(tmp_path: Path) -> None:
    with capture_logs() as logs, recording_to(tmp_path / "a.session") as recording:
        assert recording.finish() is None
    assert given_up(logs) == "the session has no frames"
    assert not list(tmp_path.iterdir())


def test_a_session_that_grows_too_long_goes_on_without_its_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_IMAGES", 5)
    with capture_logs() as logs, recording_to(tmp_path / "a.session") as recording:
        recording.update(batch(0, 4))
        recording.update(batch(4, 4))
        recording.update(batch(8, 1))
        assert recording.finish() is None
    assert "expected at most 5, got 8" in str(given_up(logs))


def test_a_folder_that_is_not_there_is_an_error_before_the_session(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write at .*absent/a.session"):
        recording_to(tmp_path / "absent" / "a.session")
