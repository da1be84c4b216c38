"""read_recording gives back what was written, and finds every damage."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recording_parts import ABOUT, CLASSES, GRAY, SESSION, T0_NS, picture, write

from shared.errors import DataError
from shared.recording.manifest import LENGTH, checksum
from shared.recording.reader import read_recording

FRAMES = 9


@pytest.fixture(scope="module", name="whole")
def whole_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A recording's bytes."""
    return write(tmp_path_factory.mktemp("recording") / "a.session", FRAMES).read_bytes()


def forged(whole: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The file with another manifest, with a right checksum all the same."""
    length = LENGTH.unpack(whole[: LENGTH.size])[0]
    header = json.loads(whole[LENGTH.size : LENGTH.size + length])
    manifest = json.loads(header["__metadata__"]["manifest"])
    change(manifest)
    text = json.dumps(manifest, separators=(",", ":"))
    header["__metadata__"] = {"manifest": text, "checksum": checksum(text.encode())}
    start = json.dumps(header, separators=(",", ":")).encode().ljust(length)
    return whole[: LENGTH.size] + start + whole[LENGTH.size + length :]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    recording = read_recording(write(tmp_path / "a.session", FRAMES))
    about = recording.about
    assert (about.session, about.model, about.classes) == (SESSION, "tiny", CLASSES)
    assert (about.dataset, about.fps, about.delivery) == ("test", 10.0, "every")
    assert (about.frames, about.shape, about.t0_ns) == (FRAMES, (3, 4, 1), T0_NS)
    assert len(recording) == FRAMES
    expected = np.stack([picture(k) for k in range(FRAMES)])
    np.testing.assert_array_equal(recording.pixels.reshape(FRAMES, *GRAY), expected)
    np.testing.assert_array_equal(recording.indices, np.arange(1000, 1009))
    np.testing.assert_array_equal(recording.sent_ns, np.arange(9) * 10**8)
    np.testing.assert_array_equal(recording.labels, [0, 1, -1] * 3)
    np.testing.assert_array_equal(recording.reasons, [0, 0, 1] * 3)
    assert about.reasons == ("too-large",)
    assert recording.confidences[:3].tolist() == pytest.approx([0.1234, 0.1244, 0.0], abs=1e-7)


@pytest.mark.parametrize("at_once", [1, 4, 100])
def test_a_file_does_not_tell_how_its_frames_were_appended(
    tmp_path: Path, whole: bytes, at_once: int
) -> None:
    assert write(tmp_path / "a.session", FRAMES, at_once=at_once).read_bytes() == whole


def test_frames_of_several_sizes_are_read(tmp_path: Path) -> None:
    shapes = (GRAY, (5, 2, 3), (1, 1, 4))
    recording = read_recording(write(tmp_path / "a.session", 7, shapes=shapes))
    assert recording.about.shape is None
    pixels = b"".join(picture(k, shapes[k % 3]).tobytes() for k in range(7))
    assert recording.pixels.tobytes() == pixels
    assert recording.shapes[:3].tolist() == [[3, 4, 1], [5, 2, 3], [1, 1, 4]]


def test_a_reader_of_safetensors_reads_it_too(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    path = write(tmp_path / "a.session", FRAMES)
    tensors, recording = load_file(path), read_recording(path)
    assert tensors["pixels"].shape == (FRAMES, *GRAY)
    for name in ("shapes", "sent_ns", "indices", "labels", "confidences", "reasons"):
        np.testing.assert_array_equal(tensors[name], getattr(recording, name))


def test_a_flipped_bit_is_found_wherever_it_is(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.session"
    header = LENGTH.size + LENGTH.unpack(whole[: LENGTH.size])[0]
    chosen = random.Random(1).sample(range(header), 500)
    for place in (*range(LENGTH.size), *chosen, *range(header, len(whole))):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="a.session") as caught:
            read_recording(path)
        assert caught.value.expected is not None and caught.value.got is not None


def test_a_truncated_file_is_found_wherever_it_ends(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.session"
    ends = {*range(50), *range(0, len(whole), 37), *range(len(whole) - 300, len(whole))}
    for end in ends:
        path.write_bytes(whole[:end])
        with pytest.raises(DataError, match="a.session") as caught:
            read_recording(path)
        assert caught.value.expected is not None and caught.value.got is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_an_error_that_names_the_file(
    tmp_path: Path, data: bytes, has_length: bool
) -> None:
    path = tmp_path / "a.session"
    path.write_bytes(LENGTH.pack(len(data)) + data if has_length else data)
    with pytest.raises(DataError, match="a.session"):
        read_recording(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no recording in start of .*a.session: expected a header"),
        (LENGTH.pack(2**63) + b"{}", "no recording in start of .*, got 9223372036854775808"),
        (LENGTH.pack(2) + b"{}", "no recording in header of .*: expected a manifest"),
        (LENGTH.pack(2) + b"[]", "no recording in header of .*: expected a manifest"),
        (LENGTH.pack(2) + b"\xff{", "no recording in header of .*: expected JSON"),
        (LENGTH.pack(100_000) + b"[" * 100_000, "no recording in header of .*: expected JSON"),
    ],
)
def test_other_files_are_no_recordings(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.session").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_recording(tmp_path / "a.session")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "recording of another version in manifest of .*: expected 1, got 2"),
        ({"version": None}, "recording of another version"),
        ({"format": "other"}, "no recording in manifest of .*: expected format catwalk.session"),
        ({"frames": 0}, "wrong frames in manifest of .*greater than or equal to 1"),
        ({"frames": 10**9}, "wrong frames in manifest of .*less than or equal to 2000000"),
        ({"pixel_bytes": 2**40}, "wrong pixel_bytes in manifest of"),
        ({"session": "\ud800"}, "wrong JSON in manifest of"),
        ({"fps": float("nan")}, "wrong fps in manifest of .*: expected a finite number"),
        ({"extra": 1}, "wrong extra in manifest of"),
        ({"frames": FRAMES + 1}, "damaged header in header of .*, got another byte at"),
        ({"shape": [6, 2, 1]}, "damaged header"),
        ({"checksums": {}}, "wrong checksum in pixels of .*: expected none, got"),
        ({"classes": ["shoe"]}, r"label out of range in labels of .*: expected -1..0, got -1..1"),
        ({"reasons": []}, "unknown reason in reasons of .*: expected 0..0, got 1"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(
    tmp_path: Path, whole: bytes, change: dict[str, object], message: str
) -> None:
    (tmp_path / "a.session").write_bytes(forged(whole, lambda manifest: manifest.update(change)))
    with pytest.raises(DataError, match=message):
        read_recording(tmp_path / "a.session")


def test_a_large_claim_is_refused_before_room_is_made_for_it(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "a.session"
    path.write_bytes(forged(whole, lambda manifest: manifest.update(frames=2_000_000)))
    with pytest.raises(DataError, match="damaged header"):
        read_recording(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file at .*absent.session: expected a recording"):
        read_recording(tmp_path / "absent.session")
    with pytest.raises(DataError, match="not a file in"):
        read_recording(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the file at .*: got File name too long"):
        read_recording(tmp_path / ("a" * 300 + ".session"))


def test_a_file_that_shrinks_while_it_is_read_is_found(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.session"
    path.write_bytes(whole)
    before = path.stat()
    path.write_bytes(whole[:-5])
    monkeypatch.setattr("shared.recording.reader.os.fstat", lambda _: before)
    with pytest.raises(DataError, match="truncated in reasons of .*: expected 9 bytes, got 4"):
        read_recording(path)


def test_the_recording_says_which_file_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.session")
    assert read_recording(path).where == str(path)
    assert read_recording(path).about.model_dump(include=set(ABOUT.model_dump())) == (
        ABOUT.model_dump()
    )
