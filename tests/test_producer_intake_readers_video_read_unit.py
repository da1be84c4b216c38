"""The reader of videos."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import numpy as np
import pytest

from producer.intake.formats import Kind
from producer.intake.readers.video import read
from shared.errors import DataError
from shared.intake.found import collect
from shared.intake.imageset import ImageSet
from shared.intake.limits import MAX_SIDE


def _read(path: Path) -> tuple[ImageSet, list[str]]:
    with intake_parts.job(Kind.VIDEO, path) as job:
        found = read(job)
        return collect(found, where=job.where), found.warnings


@pytest.mark.parametrize(
    ("name", "codec"), [("a ü.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.mkv", "FFV1"), ("a", "MJPG")]
)
def test_frames_are_images_in_rgb(tmp_path: Path, name: str, codec: str) -> None:
    frames = intake_parts.flat_frames(5)
    path = intake_parts.write_video(
        tmp_path / (name if "." in name else "a.avi"), frames, codec=codec
    )
    images, warnings = _read(path.rename(tmp_path / name))
    assert images.stack.shape == (5, 32, 32, 3) and images.labels is None
    assert np.abs(images.stack.astype(int) - np.stack(frames)).max() < 12
    assert not warnings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a video in a.mp4: expected MP4, .* got a file that begins with b''"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/\n", "not a video in a.mp4"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not a video"),
        (b"\0\0\0\x18ftypmp42" + bytes(100), "damaged video in a.mp4: expected a readable video"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(DataError, match=message):
        _read(tmp_path / "a.mp4")


def test_frames_that_are_too_large_are_refused(tmp_path: Path) -> None:
    wide = np.zeros((16, MAX_SIDE + 16, 3), np.uint8)
    path = intake_parts.write_video(tmp_path / "a.avi", [wide])
    with pytest.raises(DataError, match="wrong image size in a.avi: .* got 4112 x 16"):
        _read(path)


def test_a_number_of_frames_that_is_announced_a_little_wrong_is_a_warning(tmp_path: Path) -> None:
    path = intake_parts.write_video(tmp_path / "a.avi", intake_parts.flat_frames(5))
    data = bytearray(path.read_bytes())
    place = data.index(b"strh") + 8 + 32
    assert data[place : place + 4] == (5).to_bytes(4, "little")
    data[place : place + 4] = (6).to_bytes(4, "little")
    path.write_bytes(data)
    images, warnings = _read(path)
    assert len(images) == 5
    assert warnings == ["the video announces 6 frames and has 5"]


def test_a_video_that_was_cut_is_refused(tmp_path: Path) -> None:
    path = intake_parts.write_video(tmp_path / "a.avi", intake_parts.flat_frames(20))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(
        DataError, match="damaged video in a.avi: expected 20 frames, got [0-9]+; fetch it again"
    ):
        _read(path)
