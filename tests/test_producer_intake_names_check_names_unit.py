"""check_names: whether they are those that were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.intake.names import check_names, write_names


def test_only_what_was_written_passes(tmp_path: Path) -> None:
    digest = write_names(tmp_path, ("a", "b"))
    assert digest is not None
    check_names(tmp_path, digest)
    (tmp_path / "names.json").write_text('["a", "c"]', "ascii")
    with pytest.raises(ValueError, match="other names"):
        check_names(tmp_path, digest)


def test_names_that_are_gone_are_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_names(tmp_path, "0" * 64)
