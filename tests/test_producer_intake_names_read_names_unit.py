"""read_names: exactly so many texts, or an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from producer.intake.names import MAX_BYTES, read_names, write_names


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_names(tmp_path, ("ü", "\udcff\n"))
    assert read_names(tmp_path, 2) == ("ü", "\udcff\n")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'["a"]', ValueError),
        (b"[1, 2]", ValueError),
        (b"{", ValueError),
        (b'"ab"', ValueError),
        (b"\xff", ValueError),
        (b"[" * 200_000, RecursionError),
    ],
)
def test_what_is_no_list_of_so_many_names_is_refused(
    tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    (tmp_path / "names.json").write_bytes(content)
    with pytest.raises(error):
        read_names(tmp_path, 2)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "names.json").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match="names too long"):
        read_names(tmp_path, 1)
