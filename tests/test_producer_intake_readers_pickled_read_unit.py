"""The reader of pickles."""

from __future__ import annotations

import pickle
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS

from producer.intake.formats import Kind
from producer.intake.readers.pickled import read
from shared.errors import DataError, PickleRefused
from shared.intake.found import collect
from shared.intake.imageset import ImageSet


def _read(path: Path, value: object) -> ImageSet:
    path.write_bytes(pickle.dumps(value))
    with intake_parts.job(Kind.PICKLE, path) as job:
        return collect(read(job), where=job.where)


def test_arrays_are_read(tmp_path: Path) -> None:
    images = _read(tmp_path / "a", {"images": GRAY, "labels": LABELS})
    assert np.array_equal(images.stack, GRAY)
    assert images.labels is not None and np.array_equal(images.labels, LABELS)


def test_encoded_images_are_decoded(tmp_path: Path) -> None:
    image = intake_parts.colour()
    images = _read(tmp_path / "a", [(intake_parts.png(image), 0), (intake_parts.png(image), 1)])
    assert np.array_equal(images.stack, [image, image])


def test_code_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(PickleRefused) as caught:
        _read(tmp_path / "a", print)
    assert caught.value.offset > 0


def test_what_holds_no_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=" in a"):
        _read(tmp_path / "a", {"nothing": 1})
    (tmp_path / "b").touch()
    with intake_parts.job(Kind.PICKLE, tmp_path / "b") as job, pytest.raises(PickleRefused):
        read(job)
