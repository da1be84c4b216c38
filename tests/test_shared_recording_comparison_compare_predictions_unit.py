"""compare_predictions says where a session predicted something else than was recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from recording_parts import CLASSES, write

from shared.recording.comparison import TOLERANCE, compare_predictions
from shared.recording.reader import read_recording
from shared.recording.recording import Recording


@pytest.fixture(name="recording")
def nine_frames(tmp_path: Path) -> Recording:
    """Labels 0, 1, -1 three times."""
    return read_recording(write(tmp_path / "a.session", 9))


def compare(
    recording: Recording,
    *,
    labels: NDArray[np.int16] | None = None,
    confidences: NDArray[np.float32] | None = None,
    positions: NDArray[np.int64] | None = None,
) -> tuple[str, ...]:
    """The findings, with the recorded predictions where nothing else is given."""
    return compare_predictions(
        recording,
        recording.labels if labels is None else labels,
        recording.confidences if confidences is None else confidences,
        classes=CLASSES,
        positions=positions,
    )


def test_the_same_predictions_give_no_findings(recording: Recording) -> None:
    assert not compare(recording)


@pytest.mark.parametrize(("step", "count"), [(0.9 * TOLERANCE, 0), (1.1 * TOLERANCE, 1)])
def test_a_confidence_may_differ_by_the_tolerance(
    recording: Recording, step: float, count: int
) -> None:
    confidences = recording.confidences.copy()
    confidences[4] += step
    assert len(compare(recording, confidences=confidences)) == count


def test_confidences_one_step_of_the_last_decimal_apart_are_identical() -> None:
    steps = np.arange(10_001, dtype=np.float32) / np.float32(10_000)
    assert np.abs(np.diff(steps.astype(np.float64))).max() < TOLERANCE


def test_findings_name_the_first_difference(recording: Recording) -> None:
    labels, confidences = recording.labels.copy(), recording.confidences.copy()
    labels[[3, 6]] = 2
    confidences[[3, 7, 8]] = 0.9
    assert compare(recording, labels=labels, confidences=confidences) == (
        "2 of 9 labels differ, first in frame 3: expected 0, got 2",
        "2 of 9 confidences differ by more than 0.00015, first in frame 7: "
        "expected 0.1304, got 0.9000",
    )


def test_a_confidence_that_is_none_is_found(recording: Recording) -> None:
    confidences = np.full(9, np.nan, np.float32)
    assert "9 of 9 confidences differ" in compare(recording, confidences=confidences)[0]


def test_a_session_may_play_a_part_or_begin_again(recording: Recording) -> None:
    more = np.arange(21) % 9
    assert not compare(
        recording, labels=recording.labels[:5], confidences=recording.confidences[:5]
    )
    assert not compare(
        recording, labels=recording.labels[more], confidences=recording.confidences[more]
    )


def test_skipped_frames_are_not_compared(recording: Recording) -> None:
    positions = np.array([0, 4, 5, 8, 10])
    labels = recording.labels[positions % 9]
    confidences = recording.confidences[positions % 9]
    assert not compare(recording, labels=labels, confidences=confidences, positions=positions)
    assert compare(recording, labels=labels, confidences=confidences)


def test_other_classes_cannot_be_compared(recording: Recording) -> None:
    findings = compare_predictions(
        recording, recording.labels, recording.confidences, classes=("shoe", "coat")
    )
    assert findings == ("the session's model has other classes than the recording's",)
