"""The reader of .npy files."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY

from producer.intake.formats import Kind
from producer.intake.readers.npy import read
from shared.errors import CatwalkError, DataError, SettingsError
from shared.intake.found import collect


def test_an_array_is_a_data_set_without_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    with intake_parts.job(Kind.NPY, tmp_path / "a.npy") as job:
        images = collect(read(job), where="a")
    assert np.array_equal(images.stack, GRAY) and images.labels is None


def test_the_layout_is_heeded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GRAY.reshape(6, 20))
    with intake_parts.job(Kind.NPY, tmp_path / "a.npy", layout="4x5") as job:
        assert np.array_equal(collect(read(job), where="a").stack, GRAY)


@pytest.mark.parametrize(
    ("layout", "content", "kind"),
    [(None, b"", DataError), ("nonsense", None, SettingsError), (None, b"\x80\x04N.", DataError)],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, layout: str | None, content: bytes | None, kind: type[CatwalkError]
) -> None:
    np.save(tmp_path / "a.npy", GRAY)
    if content is not None:
        (tmp_path / "a.npy").write_bytes(content)
    with intake_parts.job(Kind.NPY, tmp_path / "a.npy", layout=layout) as job:
        with pytest.raises(kind):
            read(job)
