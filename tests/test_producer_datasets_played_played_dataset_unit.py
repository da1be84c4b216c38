"""played_dataset finds what a session has played: what was given, otherwise its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_dataset as tiny

from producer.datasets import played
from producer.datasets.create import write_dataset
from producer.datasets.played import played_dataset
from producer.datasets.resolve import ResolvedDataset
from shared.errors import DataError, DownloadError
from shared.intake.limits import Limits

IMAGES = tiny.image_set()


@pytest.fixture(name="pickle")
def written_images(tmp_path: Path) -> str:
    """A data set as a file."""
    write_dataset(IMAGES, tmp_path / "a.pickle")
    return str(tmp_path / "a.pickle")


@pytest.mark.parametrize("digest", [None, IMAGES.digest()])
def test_the_one_that_was_given_is_taken(pickle: str, digest: str | None) -> None:
    found = played_dataset(pickle, name="elsewhere.pickle", digest=digest)
    assert found is not None and found.images.digest() == IMAGES.digest()


def test_another_than_the_sessions_is_refused(pickle: str) -> None:
    words = (
        f"another data set in .*a.pickle: expected b.pickle with digest .*, got {IMAGES.digest()}"
    )
    with pytest.raises(DataError, match=words):
        played_dataset(pickle, name="b.pickle", digest="0" * 64)


def test_layout_and_limits_reach_the_reader(tmp_path: Path) -> None:
    pixels = np.arange(5 * 3 * 4 * 3, dtype=np.uint8).reshape(5, 3, 4, 3)
    np.save(tmp_path / "a.npy", pixels)
    path = str(tmp_path / "a.npy")
    with pytest.raises(DataError, match="--layout"):
        played_dataset(path, name="a.npy")
    found = played_dataset(path, name="a.npy", layout="NCHW")
    assert found is not None and found.images.image_shape == (4, 3, 3)
    with pytest.raises(DataError, match="too much data"):
        played_dataset(path, name="a.npy", layout="NCHW", limits=Limits(file_bytes=9))


def test_a_layout_of_a_data_set_with_a_name_is_refused() -> None:
    with pytest.raises(DataError, match="leave --layout away"):
        played_dataset("auto", name="builtin", layout="NHW")


def test_a_file_of_the_session_is_nowhere_to_be_found(
    pickle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(pickle).parent)
    assert played_dataset("auto", name="a.pickle") is None


@pytest.mark.parametrize(("name", "is_here"), [("builtin", True), ("mnist:test", False)])
def test_a_data_set_that_has_a_name_is_looked_for_and_not_downloaded(
    name: str, is_here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(dataset: str, *, download: bool, **_: object) -> ResolvedDataset:
        assert not download
        if not is_here:
            raise DownloadError("not here")
        return ResolvedDataset(IMAGES, dataset, "made")

    monkeypatch.setattr(played, "resolve", look)
    found = played_dataset("auto", name=name)
    assert (found is not None) is is_here
    assert found is None or found.name == name
