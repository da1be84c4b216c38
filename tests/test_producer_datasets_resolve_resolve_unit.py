"""resolve: what a data set's name means, and what "auto" takes."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import numpy as np
import pytest
import recording_parts
import tiny_dataset as tiny
from structlog.testing import capture_logs

from producer.datasets.create import write_dataset
from producer.datasets.resolve import BUILTIN_COUNT, ResolvedDataset, resolve
from shared.errors import CatwalkError, DataError, DownloadError
from shared.intake.imageset import ImageSet
from shared.intake.limits import Limits


def fake_frames(count: int, *, seed: int) -> ImageSet:
    """As many of the tiny images as asked for; the seed shows in the name of the set."""
    return ImageSet(tiny.PIXELS[: min(count, 6)], where=f"builtin {count} {seed}")


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny catalog, without any address, and fake built-in frames."""
    tiny.publish(monkeypatch)
    monkeypatch.setattr("producer.datasets.resolve.builtin_frames", fake_frames)


@pytest.mark.parametrize("dataset", ["auto", "fashion-mnist", "fashion-mnist:test"])
def test_the_test_split_is_taken_where_it_is(tmp_path: Path, dataset: str) -> None:
    tiny.place(tmp_path)
    with capture_logs() as logs:
        found = resolve(dataset, data_dir=tmp_path, cache_dir=tmp_path / "cache")
    assert len(found.images) == 6
    assert (found.name, found.origin) == ("fashion-mnist:test", "Tiny, test split")
    assert logs == [
        {
            "event": "dataset-loaded",
            "log_level": "info",
            "dataset": "fashion-mnist:test",
            "origin": "Tiny, test split",
            "images": 6,
        }
    ]


@pytest.mark.parametrize("download", [True, False])
def test_auto_falls_back_to_the_built_in_frames_and_says_why(
    tmp_path: Path, download: bool
) -> None:
    with capture_logs() as logs:
        found = resolve("auto", cache_dir=tmp_path, download=download, seed=4, builtin_count=5)
    assert found.images.where == "builtin 5 4"
    assert found.name == "builtin"
    assert found.origin == "built-in frames, because Tiny is neither here nor to be downloaded"
    assert [entry["event"] for entry in logs] == ["dataset-unavailable", "dataset-loaded"]
    assert "t10k-images-idx3-ubyte.gz" in logs[0]["reason"]


def test_auto_does_not_hide_a_damaged_file(tmp_path: Path) -> None:
    tiny.place(tmp_path)
    (tmp_path / tiny.IMAGES_FILE).write_bytes(b"damaged")
    with pytest.raises(DataError, match="not an IDX file"):
        resolve("auto", data_dir=tmp_path, cache_dir=tmp_path / "cache")


def test_builtin_asks_for_the_built_in_frames(tmp_path: Path) -> None:
    found = resolve("builtin", cache_dir=tmp_path)
    assert found.images.where == f"builtin {BUILTIN_COUNT} 0"
    assert found.origin == "built-in frames, as asked"


def test_a_path_is_a_file(tmp_path: Path) -> None:
    write_dataset(tiny.image_set(), tmp_path / "mine.pickle")
    found = resolve(str(tmp_path / "mine.pickle"))
    assert found.images.digest() == tiny.image_set().digest()
    assert (found.name, found.origin) == ("mine.pickle", f"file {tmp_path}/mine.pickle")


@pytest.mark.parametrize("name", ["a.session", "A.SESSION"])
def test_a_file_that_ends_in_session_is_a_recording(tmp_path: Path, name: str) -> None:
    path = recording_parts.write(tmp_path / name, 7)
    with capture_logs() as logs:
        found = resolve(str(path))
    assert found.recording is not None
    assert len(found.recording) == len(found.images) == 7
    assert found.name == name
    session = recording_parts.SESSION
    assert found.origin == f"file {path}, a recording of session {session} with test"
    assert logs[0]["images"] == 7


def test_a_data_set_is_no_recording(tmp_path: Path) -> None:
    write_dataset(tiny.image_set(), tmp_path / "mine.pickle")
    assert resolve(str(tmp_path / "mine.pickle")).recording is None


def test_a_recording_may_be_of_several_sizes(tmp_path: Path) -> None:
    path = recording_parts.write(tmp_path / "a.session", 4, shapes=((3, 4), (4, 3)))
    assert resolve(str(path)).images.image_shape == (None, None, 1)


def test_a_folder_is_a_data_set_whatever_it_is_called(tmp_path: Path) -> None:
    for name in ("images", "images.session"):
        intake_parts.write_images(tmp_path / name, {"a/1.png": tiny.PIXELS[0]})
        found = resolve(str(tmp_path / name), cache_dir=tmp_path / "cache")
        assert (found.name, found.origin) == (name, f"folder {tmp_path / name}")
        assert found.images.classes == ("a",)


def test_layout_and_limits_count_for_files(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", tiny.PIXELS.reshape(6, 16))
    assert resolve(str(tmp_path / "a.npy"), layout="2x8").images.stack.shape == (6, 2, 8)
    with pytest.raises(DataError, match="too much data"):
        resolve(str(tmp_path / "a.npy"), limits=Limits(file_bytes=5))


@pytest.mark.parametrize("name", ["auto", "builtin", "fashion-mnist", "a.session"])
def test_a_layout_that_means_nothing_is_refused(tmp_path: Path, name: str) -> None:
    path = recording_parts.write(tmp_path / "a.session", 3)
    with pytest.raises(DataError, match="leave --layout away"):
        resolve(str(path) if name == "a.session" else name, layout="NHW", download=False)


def test_a_path_may_begin_with_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_dataset(tiny.image_set(), tmp_path / "mine.pickle")
    assert resolve("~/mine.pickle").name == "mine.pickle"


def test_the_cache_is_the_default_one_where_none_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATWALK_CACHE_DIR", str(tmp_path))
    tiny.place(tmp_path / tiny.NAME)
    assert len(resolve("fashion-mnist").images) == 6


@pytest.mark.parametrize(
    ("dataset", "kind", "message"),
    [
        ("cifar", DataError, "unknown data set: expected auto, builtin, fashion-mnist, mnist, or"),
        ("", DataError, "unknown data set: .* or the path of a file or folder, got ''"),
        ("absent.pickle", DataError, "no such file at absent.pickle"),
        ("absent.session", DataError, "no such file at absent.session: expected a recording"),
        ("fashion-mnist:train", DataError, "unknown split in fashion-mnist: expected test"),
        ("fashion-mnist:test", DownloadError, "cannot download t10k-images"),
    ],
)
def test_what_cannot_be_found_is_refused(
    tmp_path: Path, dataset: str, kind: type[CatwalkError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        resolve(dataset, cache_dir=tmp_path)


def test_a_resolved_data_set_is_frozen() -> None:
    found = ResolvedDataset(tiny.image_set(), "name", "origin")
    with pytest.raises(AttributeError):
        found.name = "other"  # type: ignore[misc]  # what must not be possible
