"""Recording holds what a session can have, and gives it as a data set with its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recording_parts import GRAY, picture, write

from shared.errors import DataError
from shared.recording.reader import read_recording
from shared.recording.recording import Recording


def recorded(
    folder: Path, count: int = 6, *, shapes: Sequence[Sequence[int]] = (GRAY,)
) -> Recording:
    """A recording that was written and read."""
    return read_recording(write(folder / "a.session", count, shapes=shapes))


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3), (2, 1, 4)])
def test_its_frames_are_a_data_set(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = recorded(tmp_path, shapes=(shape,)).image_set()
    expected = np.stack([picture(k, shape) for k in range(6)])
    np.testing.assert_array_equal(images.images, expected)
    assert images.labels is None
    assert images.where.endswith("a.session")


def test_frames_of_several_sizes_are_a_data_set_of_several_sizes(tmp_path: Path) -> None:
    shapes = (GRAY, (4, 3), (5, 5, 3))
    images = recorded(tmp_path, shapes=shapes).image_set()
    assert images.image_shape == (None, None, None)
    for k in range(6):
        np.testing.assert_array_equal(images.image(k), picture(k, shapes[k % 3]))


def test_its_times_begin_at_0_and_never_go_back(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    assert recording.offsets_s.tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    jumping = replace(recording, sent_ns=np.array([0, 5, -7, 6, 4, 9], np.int64) * 10**9)
    assert jumping.offsets_s.tolist() == [0, 5, 5, 6, 6, 9]


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("shapes", (1, 0), 0, "wrong image size in shapes of"),
        ("shapes", (1, 1), 4097, "wrong image size in shapes of"),
        ("shapes", (1, 2), 2, "wrong number of channels in shapes of"),
        ("shapes", (1, 0), 4, "wrong shapes in shapes of .*: expected 72 bytes, got 76"),
        ("labels", 0, -2, "label out of range in labels of .*: expected -1..2, got -2..1"),
        ("labels", 0, 3, "label out of range in labels of"),
        ("confidences", 0, np.nan, "confidence out of range in confidences of"),
        ("confidences", 0, 1.5, "confidence out of range in confidences of"),
        ("reasons", 0, 2, "unknown reason in reasons of .*: expected 0..1, got 2"),
        ("reasons", 0, 1, "wrong reasons in reasons of"),
        ("labels", 0, -1, "wrong reasons in reasons of"),
        ("sent_ns", 0, 1, "wrong times in sent_ns of .*: expected the first one 0, got 1"),
    ],
)
def test_a_value_that_no_session_has_is_refused(
    tmp_path: Path, name: str, place: int | tuple[int, int], value: float, message: str
) -> None:
    recording = recorded(tmp_path)
    values = getattr(recording, name).copy()
    values[place] = value
    with pytest.raises(DataError, match=message):
        replace(recording, **{name: values})


def test_a_shape_that_is_not_the_frames_is_refused(tmp_path: Path) -> None:
    recording = recorded(tmp_path)
    about = recording.about.model_copy(update={"shape": None})
    with pytest.raises(DataError, match="wrong shape in manifest of"):
        replace(recording, about=about)


def test_its_arrays_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        recorded(tmp_path).pixels[0] = 1
