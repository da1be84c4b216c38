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


@pytest.mark.parametrize(
    ("layout", "count"), [("train", 6), ("test", 2), ("TRAINING,NHW", 6), ("t10k", 2)]
)
def test_one_of_two_splits_is_chosen_by_the_layout(tmp_path: Path, layout: str, count: int) -> None:
    assert len(_read(tmp_path, BOTH, layout=layout)) == count


@pytest.mark.parametrize("name", ["val", "valid", "validation", "dev"])
@pytest.mark.parametrize("layout", ["val", "validation"])
def test_a_split_has_one_name_whatever_the_files_say(
    tmp_path: Path, name: str, layout: str
) -> None:
    files = {f"{name}-images.idx": BOTH["t10k-images-idx3-ubyte"], f"{name}-labels.idx": b""}
    files[f"{name}-labels.idx"] = BOTH["t10k-labels-idx1-ubyte"]
    assert len(_read(tmp_path, BOTH | files, layout=layout)) == 2


def test_other_splits_and_two_for_one_name_are_chosen_by_their_own(tmp_path: Path) -> None:
    files = {name.replace("train", "extra"): data for name, data in BOTH.items()}
    files |= {"test-images.idx": PIXELS, "test-labels.idx": MARKS}
    hint = "say which: --layout split=extra or --layout split=t10k or --layout test"
    with pytest.raises(DataError, match="several pairs of IDX files .* got 3 pairs") as caught:
        _read(tmp_path, files)
    assert hint in str(caught.value)
    for layout, count in (("split=extra", 6), ("test", 6), ("split=t10k", 2)):
        assert len(_read(tmp_path, files, layout=layout)) == count


def test_a_layout_that_asks_for_another_split_is_refused(tmp_path: Path) -> None:
    files = {"train-images.idx": PIXELS, "train-labels.idx": MARKS}
    with pytest.raises(DataError, match="no splits found in .*: expected a split 'test'"):
        _read(tmp_path, files, layout="test")


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
