"""find_subject, read_path and their values: whatever can be streamed is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import recording_parts
import tiny_dataset as tiny

from producer.doctor.subject import Places, Subject, find_subject, read_path
from shared.errors import DataError, SettingsError
from shared.intake.limits import Limits


@pytest.fixture(name="places")
def fixture_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """The tiny catalog in a folder of its own."""
    tiny.publish(monkeypatch)
    return Places(tiny.place(tmp_path / "data"), tmp_path / "cache")


def test_a_file_is_read_with_all_that_is_known_of_it(tmp_path: Path, places: Places) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=tiny.PIXELS / 255.0, labels=tiny.LABELS)
    found = find_subject(str(path), places=places)
    assert (found.images.stack == tiny.PIXELS).all()
    assert (found.name, found.kind) == (str(path), "npz")
    assert found.size == path.stat().st_size
    assert len(found.warnings) >= 1
    assert found.asked is None


def test_a_path_may_begin_at_home(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    np.save(tmp_path / "a.npy", tiny.PIXELS)
    found = find_subject("~/a.npy", places=places)
    assert (found.name, len(found.images)) == ("~/a.npy", 6)


def test_a_name_with_a_tilde_may_be_a_file(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "~x.npy", tiny.PIXELS)
    assert len(find_subject("~x.npy", places=places).images) == 6


@pytest.mark.parametrize("name", ["auto", "mnist", "a.session"])
def test_a_layout_that_means_nothing_is_refused(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    recording_parts.write(tmp_path / "a.session", 3)
    with pytest.raises(DataError, match="leave --layout away"):
        find_subject(name, layout="NHW", places=places)
    with pytest.raises(SettingsError, match="unknown layout"):
        find_subject(name, layout="XX", places=places)


def test_a_recording_is_taken(tmp_path: Path, places: Places) -> None:
    path = recording_parts.write(tmp_path / "a.session", 9)
    found = find_subject(str(path), places=places)
    assert (found.kind, len(found.images), found.images.labels) == ("recording", 9, None)


@pytest.mark.parametrize("name", ["auto", "fashion-mnist", "fashion-mnist:test"])
def test_a_name_is_resolved(places: Places, name: str) -> None:
    found = find_subject(name, places=places)
    assert found.images.digest() == tiny.image_set().digest()
    assert (found.name, found.kind, found.size) == (name, "named", None)
    assert found.layout == "Tiny, test split"


def test_what_is_not_there_is_refused(tmp_path: Path, places: Places) -> None:
    with pytest.raises(DataError, match="no such file"):
        find_subject(str(tmp_path / "absent.pkl"), places=places)


def test_the_limits_and_the_layout_reach_the_reader(tmp_path: Path, places: Places) -> None:
    path = tmp_path / "a.npy"
    np.save(path, tiny.PIXELS)
    small = Places(places.data_dir, places.cache_dir, Limits(file_bytes=10))
    with pytest.raises(DataError, match="too much data"):
        read_path(path, "a.npy", places=small)
    with pytest.raises(SettingsError, match="unknown layout"):
        read_path(path, "a.npy", layout="no such layout", places=places)


def test_a_folder_for_conversions_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert Places().cache.is_relative_to("/somewhere")
    assert Places(cache_dir=Path("/here")).cache == Path("/here")


def test_a_subject_is_a_value() -> None:
    found = Subject(tiny.image_set(), "a b", "npy", "an array")
    assert found.command == "producer serve --dataset 'a b'"
    assert not found.warnings
