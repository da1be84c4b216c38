"""write_dataset and check_suffix: three formats, each read back as it was."""

from __future__ import annotations

import pickle
from pathlib import Path

import doctor_parts as parts
import numpy as np
import pytest
import tiny_dataset as tiny
from numpy.typing import NDArray

from producer.datasets.create import check_suffix, write_dataset
from producer.intake.load import load
from shared.errors import DataError, SettingsError
from shared.intake.imageset import ImageSet
from shared.intake.ragged import RaggedImages

RAGGED = parts.ragged(
    [np.full((2, 3), 7, np.uint8), np.arange(12, dtype=np.uint8).reshape(2, 2, 3)]
)


@pytest.mark.parametrize("suffix", [".npz", ".pkl", ".pickle", ".p", ".NPZ"])
@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("kind", ["gray", "colour", "ragged"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str, labels: bool, kind: str) -> None:
    images: dict[str, NDArray[np.uint8] | RaggedImages] = {
        "gray": tiny.PIXELS[:2],
        "colour": parts.pictures(2, channels=3),
        "ragged": RAGGED,
    }
    classes = ("Größe", "coat") if labels else ()
    written = ImageSet(images[kind], np.array([1, 0]) if labels else None, classes)
    path = tmp_path / f"a{suffix}"
    write_dataset(written, path)
    read = load(path, cache_dir=tmp_path / "cache").images
    assert read.digest() == written.digest()
    assert read.classes == classes


def test_an_array_alone_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    write_dataset(ImageSet(tiny.PIXELS), path)
    assert (np.load(path) == tiny.PIXELS).all()


def test_an_archive_is_numpys_own_and_the_same_each_time(tmp_path: Path) -> None:
    paths = tmp_path / "a.npz", tmp_path / "b.npz"
    for path in paths:
        write_dataset(tiny.image_set(), path)
    with np.load(paths[0], allow_pickle=False) as archive:
        assert set(archive) == {"images", "labels", "classes"}
        assert tuple(archive["classes"]) == tiny.CLASSES
        assert np.array_equal(archive["labels"], tiny.LABELS)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_images_of_several_sizes_are_a_list_in_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    write_dataset(ImageSet(RAGGED), path)
    content = pickle.loads(path.read_bytes())
    assert [image.shape for image in content["images"]] == [(2, 3), (2, 2, 3)]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (tiny.image_set(), "a .npy cannot hold labels in tiny; write an .npz"),
        (ImageSet(RAGGED), "a .npy cannot hold images of several sizes in image set; write an"),
    ],
)
def test_an_array_cannot_hold_everything(tmp_path: Path, images: ImageSet, message: str) -> None:
    with pytest.raises(DataError, match=message):
        write_dataset(images, tmp_path / "a.npy")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "a.zip", "npz"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    message = "unknown format in option --output: expected a file that ends in .npz, .npy, .pkl"
    with pytest.raises(SettingsError, match=message):
        check_suffix(Path(name), "option --output")
    with pytest.raises(SettingsError, match="unknown format"):
        write_dataset(tiny.image_set(), tmp_path / name)


def test_a_known_suffix_is_given_back() -> None:
    assert check_suffix(Path("a.Npy"), "option --output") == Path("a.Npy")
