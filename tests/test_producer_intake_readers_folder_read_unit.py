"""The reader of a folder of images."""

from __future__ import annotations

import os
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, Pixels

from producer.intake.formats import Kind
from producer.intake.readers.folder import read
from shared.errors import DataError
from shared.intake.found import Found, collect


def _read(folder: Path, **images: Pixels) -> Found:
    intake_parts.write_images(folder, {f"{name}.png": image for name, image in images.items()})
    with intake_parts.job(Kind.FOLDER, folder) as job:
        return read(job)


def test_a_flat_folder_has_no_labels_and_natural_order(tmp_path: Path) -> None:
    found = _read(tmp_path, **{"10": GRAY[0], "9": GRAY[1], "ü x": GRAY[2]})
    images = collect(found, where="here")
    assert images.labels is None and not images.classes
    assert np.array_equal(images.stack, GRAY[[1, 0, 2]])
    assert found.names == ("9.png", "10.png", "ü x.png")
    assert (found.count, found.warnings) == (3, [])


def test_sub_folders_are_classes_however_deep_the_images_lie(tmp_path: Path) -> None:
    found = _read(tmp_path, **{"b/1": GRAY[0], "a 2/x/y": GRAY[1], "a 10/z": GRAY[2]})
    images = collect(found, where="here")
    assert images.classes == ("a 2", "a 10", "b")
    assert images.labels is not None and images.labels.tolist() == [0, 1, 2]
    assert np.array_equal(images.stack, GRAY[[1, 2, 0]])


def test_images_of_several_sizes_are_taken(tmp_path: Path) -> None:
    found = _read(tmp_path, a=GRAY[0], b=intake_parts.colour(), c=GRAY[0, :2])
    assert collect(found, where="here").layout == "ragged"


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    found = _read(tmp_path, **{"a/1": GRAY[0], "2": GRAY[1]})
    assert found.warnings == [
        "1 entries that are no images were skipped",
        "2 entries that are hidden or no files were skipped",
        "1 images outside of the class folders were skipped",
        "1 folders without images were skipped",
    ]
    assert len(collect(found, where="here")) == 1


def test_a_name_with_control_characters_is_shown_plainly(tmp_path: Path) -> None:
    found = _read(tmp_path, **{"a\n\x1b[31m/1": GRAY[0]})
    assert found.classes == ("a\\n\\x1b[31m",)
    assert found.names == ("a\\n\\x1b[31m/1.png",)


def test_a_folder_of_splits_is_asked_back(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="several splits .* got test, train; give one of .*/test$"):
        _read(tmp_path, **{"train/a/1": GRAY[0], "test/a/1": GRAY[1]})


def test_splits_are_called_the_same_everywhere(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="several splits .* got dev, t10k; give one of"):
        _read(tmp_path, **{"t10k/a/1": GRAY[0], "dev/a/1": GRAY[1]})


def test_a_class_that_is_called_like_a_split_is_a_class(tmp_path: Path) -> None:
    found = _read(tmp_path, **{"train/1": GRAY[0], "car/1": GRAY[1]})
    assert found.classes == ("car", "train")


def test_a_folder_that_has_lost_its_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no images found"):
        _read(tmp_path)
