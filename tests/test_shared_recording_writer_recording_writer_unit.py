"""RecordingWriter takes frames in order and refuses what no recording can hold."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_parts import ABOUT, GRAY, block, picture

from shared.digests import ContentDigest, pixel_crc
from shared.errors import DataError
from shared.intake.limits import MAX_IMAGES
from shared.recording import writer as module
from shared.recording.manifest import MAX_REASONS, About
from shared.recording.writer import UNKNOWN, FrameBlock, RecordingWriter

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)


class Sink(io.BytesIO):
    """A file without a bottom: it keeps nothing."""

    def write(self, data: object) -> int:
        """Take and forget."""
        assert isinstance(data, bytes)
        return len(data)


@pytest.fixture(name="writer")
def fresh_writer() -> Iterator[RecordingWriter]:
    """A writer into memory."""
    writer = RecordingWriter(io.BytesIO(), ABOUT, io.BytesIO)
    yield writer
    writer.close()


def test_it_counts_and_digests_what_it_is_given(writer: RecordingWriter) -> None:
    writer.append(block(0, 4))
    writer.append(block(4, 3))
    digest = ContentDigest()
    digest.update(pixel_crc(picture(k).tobytes()) for k in range(7))
    assert (writer.frames, writer.digest) == (7, digest.hexdigest())
    manifest = writer.finish()
    assert (manifest.frames, manifest.pixel_bytes) == (7, 7 * 12)
    assert (manifest.digest, manifest.shape) == (digest.hexdigest(), (3, 4, 1))


def test_a_block_without_frames_changes_nothing(writer: RecordingWriter) -> None:
    writer.append(block(0, 0))
    assert writer.frames == 0


@given(NAMES, st.lists(NAMES, max_size=50).map(tuple))
def test_whatever_names_a_session_has_there_is_room_for_them(
    model: str, classes: tuple[str, ...]
) -> None:
    about = ABOUT.model_copy(update={"model": model, "classes": classes})
    stream = io.BytesIO()
    writer = RecordingWriter(stream, about, io.BytesIO)
    writer.append(replace(block(0, 2), labels=np.array([-1, -1], np.int16)))
    manifest = writer.finish()
    assert About(**manifest.model_dump(include=set(about.model_dump()))) == about
    # The pixels lie where they were written, not where the header ends.
    start = len(stream.getvalue()) - manifest.data_bytes
    assert start % 4096 == 0
    assert stream.getvalue()[start : start + 12] == picture(0).tobytes()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (block(4, 1), "frames are missing in .*: expected frame 3, got frame 4"),
        (block(2, 1), "frames are missing in .*: expected frame 3, got frame 2"),
        (block(3, 1, shapes=((3, 4, 2),)), "wrong image size in .*, got"),
        (block(3, 1, shapes=((4097, 1),)), "wrong image size in .*, got"),
    ],
)
def test_a_block_that_cannot_follow_is_refused_and_leaves_the_rest_whole(
    writer: RecordingWriter, wrong: FrameBlock, message: str
) -> None:
    writer.append(block(0, 3))
    with pytest.raises(DataError, match=message):
        writer.append(wrong)
    writer.append(block(3, 2))
    assert writer.finish().frames == 5


def test_it_grows_no_larger_than_can_be_read(
    writer: RecordingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_IMAGES", 5)
    monkeypatch.setattr(module, "MAX_PIXEL_BYTES", 4 * 12)
    writer.append(block(0, 3))
    with pytest.raises(DataError, match="too many frames in .*: expected at most 5, got 6"):
        writer.append(block(3, 3))
    with pytest.raises(DataError, match="too many pixels in .*: expected at most 48 bytes, got 60"):
        writer.append(block(3, 2))
    writer.append(block(3, 1))
    assert writer.finish().frames == 4


def test_there_are_not_more_reasons_than_can_be_told_apart(writer: RecordingWriter) -> None:
    count = MAX_REASONS + 1
    many = FrameBlock(
        first=0,
        images=[picture(0)] * count,
        indices=np.arange(count),
        sent_ns=np.zeros(count, np.int64),
        labels=np.full(count, -1, np.int16),
        confidences=np.zeros(count, np.float32),
        reasons={k: f"reason-{k}" for k in range(count)},
    )
    with pytest.raises(DataError, match="too many different reasons in .*: expected at most 64"):
        writer.append(many)
    writer.append(replace(many, reasons={}))
    assert writer.finish().reasons == (UNKNOWN,)


def test_a_recording_without_frames_is_none(writer: RecordingWriter) -> None:
    with pytest.raises(DataError, match="nothing to record in session 0123456789abcdef"):
        writer.finish()


def test_its_memory_does_not_grow_with_the_session() -> None:
    writer = RecordingWriter(Sink(), ABOUT, Sink)
    frames = replace(block(0, 1000), reasons={}, images=[picture(0, (28, 28))] * 1000)
    writer.append(frames)
    tracemalloc.start()
    try:
        for first in range(1000, 31_000, 1000):
            writer.append(replace(frames, first=first))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 30,000 frames of 784 pixels.
    assert writer.frames * len(GRAY) < MAX_IMAGES
    assert kept < 100_000
