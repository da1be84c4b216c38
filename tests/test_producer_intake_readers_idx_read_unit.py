"""The reader of single IDX files."""

from __future__ import annotations

import gzip
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY

from producer.intake.formats import Kind
from producer.intake.readers.idx import read
from shared.errors import DataError
from shared.intake.found import collect
from shared.intake.idx import encode_idx


@pytest.mark.parametrize("data", [encode_idx(GRAY), gzip.compress(encode_idx(GRAY))])
def test_images_are_read_without_labels(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with intake_parts.job(Kind.IDX, tmp_path / "a") as job:
        images = collect(read(job), where="a")
    assert np.array_equal(images.stack, GRAY) and images.labels is None


@pytest.mark.parametrize("data", [b"", b"\0\0\x08\x03", encode_idx(GRAY[0, 0]), b"\x1f\x8b"])
def test_what_holds_no_images_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with intake_parts.job(Kind.IDX, tmp_path / "a") as job, pytest.raises(DataError, match=" in a"):
        read(job)
