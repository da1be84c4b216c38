"""The reader of a folder with pairs of IDX files."""

from __future__ import annotations

import gzip
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, LABELS

from producer.intake.formats import Kind
from producer.intake.readers.idx_folder import read
from shared.errors import DataError
from shared.intake.found import collect
from shared.intake.idx import encode_idx
from shared.intake.imageset import ImageSet

PIXELS, MARKS = encode_idx(GRAY), encode_idx(LABELS.astype(np.uint8))


def _read(folder: Path, files: dict[str, bytes], *, layout: str | None = None) -> ImageSet:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with intake_parts.job(Kind.IDX_FOLDER, folder, layout=layout) as job:
        return collect(read(job), where="here")


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("images.idx", "labels.idx"),
        ("Train-Images-idx3-ubyte", "train-labels-idx1-ubyte.gz"),
    ],
)
def test_a_pair_is_found_by_its_names(tmp_path: Path, images: str, labels: str) -> None:
    marks = gzip.compress(MARKS) if labels.endswith(".gz") else MARKS
    found = _read(tmp_path, {images: PIXELS, labels: marks, "notes.txt": b""})
    assert np.array_equal(found.stack, GRAY)
    assert found.labels is not None and np.array_equal(found.labels, LABELS)


BOTH = {
    "train-images-idx3-ubyte": PIXELS,
    "train-labels-idx1-ubyte": MARKS,
    "t10k-images-idx3-ubyte": encode_idx(GRAY[:2]),
    "t10k-labels-idx1-ubyte": encode_idx(np.array([1, 0], np.uint8)),
}


@pytest.mark.parametrize(("layout", "count"), [("train", 6), ("test", 2)])
def test_one_of_two_splits_is_chosen_by_the_layout(tmp_path: Path, layout: str, count: int) -> None:
    assert len(_read(tmp_path, BOTH, layout=layout)) == count


def test_the_layout_of_rows_is_heeded(tmp_path: Path) -> None:
    rows = {"images.idx": encode_idx(GRAY.reshape(6, 20)), "labels.idx": MARKS}
    assert _read(tmp_path, rows, layout="4x5").stack.shape == (6, 4, 5)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (BOTH, "several pairs of IDX files .* got 2 pairs; say which: --layout test or --layout"),
        ({"train-images-idx3-ubyte": PIXELS}, "no pair of IDX files in .*: expected one file"),
        ({"a-images.idx": PIXELS, "b-labels.idx": MARKS}, "no pair of IDX files"),
        ({"images.idx": PIXELS, "labels.idx": b"x"}, "not an IDX file in labels.idx of "),
        ({"images.idx": PIXELS[:-1], "labels.idx": MARKS}, "too short in images.idx of "),
        ({"images.idx": PIXELS, "labels.idx": encode_idx(GRAY[0, 0])}, "labels"),
    ],
)
def test_what_is_no_pair_is_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(DataError, match=message):
        _read(tmp_path, files)
