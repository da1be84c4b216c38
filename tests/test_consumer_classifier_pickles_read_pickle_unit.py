"""read_pickle: labelled pickles by the closed machine, and what to do with other files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from classifier_samples import stripes

from consumer.classifier.pickles import read_pickle
from shared.errors import DataError, PickleRefused, SettingsError
from shared.intake.pickles import dump_pickle


def _write(folder: Path) -> Path:
    path = folder / "x.pickle"
    with path.open("wb") as stream:
        dump_pickle(stripes(6), stream)
    return path


def test_images_and_labels_are_read(tmp_path: Path) -> None:
    found = read_pickle(_write(tmp_path))
    assert len(found) == 6
    assert np.array_equal(found.image(5), stripes(6).image(5))


def test_a_layout_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="unknown layout"):
        read_pickle(_write(tmp_path), "XX")


def test_other_files_are_told_how_to_become_pickles(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(PickleRefused, match="producer dataset convert FILE --output FILE.pkl"):
        read_pickle(path)
    path.write_bytes(b"\x80\x04\x8c\x02os\x8c\x06system\x93.")
    with pytest.raises(PickleRefused, match="os") as caught:
        read_pickle(path)
    assert "convert" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read the data at .*none: expected a file, got No"):
        read_pickle(tmp_path / "none")
