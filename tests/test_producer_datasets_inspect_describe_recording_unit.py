"""describe_recording: what a recording holds."""

from __future__ import annotations

from pathlib import Path

import recording_parts

from producer.datasets.inspect import RecordingDescription, describe_recording
from shared.recording.file import RecordingFile
from shared.recording.manifest import About
from shared.recording.reader import read_recording


def test_a_session_is_described_with_its_predictions(tmp_path: Path) -> None:
    recording = read_recording(recording_parts.write(tmp_path / "a.session", 9))
    assert describe_recording(recording, "my own.session") == RecordingDescription(
        path="my own.session",
        about=recording.about,
        began="2023-11-14T22:13:20+00:00",
        seconds=0.8,
        mean_fps=10.0,
        predicted=((0, "shoe", 3), (1, "coat", 3)),
        unclassified=(("too-large", 3),),
        command="producer serve --dataset 'my own.session'",
    )


def test_frames_of_several_sizes_are_played_by_the_same_command(tmp_path: Path) -> None:
    path = recording_parts.write(tmp_path / "a.session", 4, shapes=((3, 4), (4, 3)))
    found = describe_recording(read_recording(path), "a.session")
    expected = (4, None, "producer serve --dataset a.session")
    assert (found.about.frames, found.about.shape, found.command) == expected


def test_classes_without_a_name_are_called_by_their_label(tmp_path: Path) -> None:
    about = About(**{**recording_parts.ABOUT.model_dump(), "classes": ()})
    path = recording_parts.write(tmp_path / "a.session", 9, about=about)
    found = describe_recording(read_recording(path), "a.session")
    assert found.predicted == ((0, "0", 3), (1, "1", 3))


def test_when_it_began_is_left_out_where_nobody_knows(tmp_path: Path) -> None:
    path, block = tmp_path / "a.session", recording_parts.block(0, 2)
    block.sent_ns[:] = 0
    with RecordingFile(path, recording_parts.ABOUT) as file:
        file.append(block)
        file.finish()
    found = describe_recording(read_recording(path), "a.session")
    assert (found.began, found.seconds, found.mean_fps) == (None, 0.0, 0.0)
