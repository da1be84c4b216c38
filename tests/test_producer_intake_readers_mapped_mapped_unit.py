"""mapped: the bytes of the job's file."""

from __future__ import annotations

from pathlib import Path

import intake_parts

from producer.intake.formats import Kind
from producer.intake.readers.mapped import mapped


def test_the_file_is_mapped_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    with intake_parts.job(Kind.NPY, tmp_path / "a") as job:
        assert mapped(job)[:] == b"content"


def test_an_empty_file_and_a_folder_have_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for path in (tmp_path / "a", tmp_path):
        with intake_parts.job(Kind.NPY, path) as job:
            assert mapped(job) == b""
