"""is_idx_name: the names of IDX files."""

from __future__ import annotations

import pytest

from producer.intake.formats import is_idx_name


@pytest.mark.parametrize(
    ("name", "is_idx"),
    [
        ("train-images-idx3-ubyte", True),
        ("train-images.idx3-ubyte", True),
        ("train-images-idx3-ubyte.gz", True),
        ("a.idx", True),
        ("A.IDX1.GZ", True),
        ("index.gz", False),
        ("a.idx.txt", False),
        ("ubyte", False),
    ],
)
def test_idx_files_are_known_by_their_names(name: str, is_idx: bool) -> None:
    assert is_idx_name(name) is is_idx
