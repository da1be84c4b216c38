"""load: converted once, then mapped; and what it does without a cache."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import intake_parts
import numpy as np
import pytest
import recording_parts
from intake_parts import GRAY, LABELS, checksum_of
from structlog.testing import capture_logs

from producer.intake.formats import Kind
from producer.intake.load import Loaded, load
from producer.intake.process import ChildProcess
from shared.errors import DataError, StoreError
from shared.intake.limits import Limits
from shared.recording.reader import read_recording


@pytest.fixture(name="children")
def count_children(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A list that grows with each child process."""
    started: list[Path] = []

    class Counted(ChildProcess):
        """A child process that is counted."""

        def __init__(self, command: Sequence[str], *, keep: tuple[int, ...], answers: int) -> None:
            started.append(Path(command[0]))
            super().__init__(command, keep=keep, answers=answers)

    monkeypatch.setattr("producer.intake.conversion.ChildProcess", Counted)
    return started


def _npy(folder: Path, name: str = "a.npy") -> Path:
    np.save(folder / name, GRAY)
    return folder / name


def test_the_second_time_no_child_is_started(tmp_path: Path, children: list[Path]) -> None:
    first = load(_npy(tmp_path), cache_dir=tmp_path / "cache")
    again = load(_npy(tmp_path, "other name.npy"), cache_dir=tmp_path / "cache")
    assert len(children) == 1
    for loaded in (first, again):
        assert np.array_equal(loaded.images.stack, GRAY)
        assert not loaded.images.stack.flags.writeable
    assert again.manifest.checksum == first.manifest.checksum == checksum_of(again.images)
    assert again.images.where.endswith("other name.npy")
    assert (first.manifest.source, again.manifest.source) == ("a.npy", "other name.npy")


def test_the_same_bytes_under_another_kind_of_name_are_read_anew(
    tmp_path: Path, children: list[Path]
) -> None:
    load(_npy(tmp_path), cache_dir=tmp_path)
    with pytest.raises(DataError):
        load(_npy(tmp_path, "a.npy").rename(tmp_path / "a.pkl"), cache_dir=tmp_path)
    assert len(children) == 2


def test_another_layout_is_another_entry(tmp_path: Path, children: list[Path]) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 16), np.uint8))
    for layout, shape in ((None, (4, 4)), ("2x8", (2, 8)), ("2x8", (2, 8)), (None, (4, 4))):
        loaded = load(tmp_path / "a.npy", layout=layout, cache_dir=tmp_path)
        assert loaded.images.stack.shape == (2, *shape)
        assert loaded.manifest.asked_layout == layout
    assert len(children) == 2


def test_a_damaged_entry_is_made_anew(tmp_path: Path, children: list[Path]) -> None:
    load(_npy(tmp_path), cache_dir=tmp_path)
    (pixels,) = tmp_path.glob("converted/*/pixels.npy")
    with pixels.open("r+b") as stream:
        stream.seek(200)
        stream.write(b"\xff")
    with capture_logs() as logs:
        loaded = load(_npy(tmp_path), cache_dir=tmp_path)
    assert np.array_equal(loaded.images.stack, GRAY)
    assert [entry["event"] for entry in logs] == ["cache-entry-damaged"]
    assert len(children) == 2
    assert len(os.listdir(tmp_path / "converted")) == 1


def test_without_a_cache_a_temporary_folder_serves_and_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with capture_logs() as logs:
        loaded = load(_npy(tmp_path), cache_dir=tmp_path / "file")
    assert [entry["event"] for entry in logs] == ["cache-unusable"]
    assert os.listdir(tmp_path / "tmp") == []
    assert np.array_equal(loaded.images.stack, GRAY)


def test_an_entry_that_cannot_be_kept_serves_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, children: list[Path]
) -> None:
    def refuse(*_args: object) -> None:
        raise StoreError("no place")

    monkeypatch.setattr("producer.intake.cache.Cache.keep", refuse)
    with capture_logs() as logs:
        loaded = load(_npy(tmp_path), cache_dir=tmp_path)
    assert np.array_equal(loaded.images.stack, GRAY)
    assert [entry["event"] for entry in logs] == ["cache-unusable"]
    assert len(children) == 1


def test_without_any_place_it_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    with pytest.raises(StoreError, match="cannot write at .*absent: got No such file"):
        load(_npy(tmp_path), cache_dir=tmp_path / "file")


def test_a_folder_has_the_names_of_its_files(tmp_path: Path, children: list[Path]) -> None:
    intake_parts.write_images(tmp_path / "in", {"b/1.png": GRAY[0], "a/2.png": GRAY[1, :2]})
    for _ in range(2):
        loaded = load(tmp_path / "in", cache_dir=tmp_path / "cache")
        assert loaded.names == ()
        assert loaded.images.layout == "ragged"
        assert loaded.images.labels is not None and loaded.images.labels.tolist() == [0, 1]
    named = load(tmp_path / "in", cache_dir=tmp_path / "cache", names=True)
    assert named.names == ("a/2.png", "b/1.png")
    assert len(children) == 1


def test_what_is_too_much_is_refused_though_it_was_converted_within_wider_limits(
    tmp_path: Path, children: list[Path]
) -> None:
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((9, 100, 100), np.uint8))
    narrow = Limits(file_bytes=50_000)
    load(tmp_path / "a.npz", cache_dir=tmp_path)
    with pytest.raises(DataError, match="too much data unpacked"):
        load(tmp_path / "a.npz", cache_dir=tmp_path, limits=narrow)
    load(tmp_path / "a.npz", cache_dir=tmp_path)
    assert len(children) == 2


def test_a_recording_is_read_as_it_is(tmp_path: Path, children: list[Path]) -> None:
    path = recording_parts.write(tmp_path / "a.session", 4, shapes=((3, 4), (4, 3)))
    for shapes, layout in ((((3, 4), (4, 3)), "ragged"), (((3, 4),), "NHW")):
        path = recording_parts.write(tmp_path / f"{layout}.session", 4, shapes=shapes)
        loaded = load(path, cache_dir=tmp_path)
        assert loaded.manifest.kind is Kind.RECORDING
        assert loaded.images.layout == layout
        assert loaded.manifest.checksum == checksum_of(read_recording(path).image_set())
    assert children == []


def test_limits_are_heeded(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="too much data in"):
        load(_npy(tmp_path), cache_dir=tmp_path, limits=Limits(file_bytes=10))
    with pytest.raises(DataError, match="too many images|wrong number of images"):
        load(_npy(tmp_path), cache_dir=tmp_path, limits=Limits(images=5))


def test_labels_and_classes_come_along(tmp_path: Path) -> None:
    value = {"images": GRAY, "labels": LABELS, "classes": ["a", "b", "ü"]}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(value))
    loaded: Loaded = load(tmp_path / "a.pkl", cache_dir=tmp_path)
    assert loaded.manifest.classes == loaded.images.classes == ("a", "b", "ü")
    assert loaded.images.labels is not None and np.array_equal(loaded.images.labels, LABELS)
