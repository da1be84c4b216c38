"""open_source: what is opened, and what is refused before anything is read."""

from __future__ import annotations

from pathlib import Path

import intake_parts
import pytest

from producer.intake.formats import Kind
from producer.intake.source import open_source
from shared.errors import DataError, PickleRefused
from shared.intake.limits import Limits


def test_a_file_is_open_and_measured(tmp_path: Path) -> None:
    (tmp_path / "ü x.npy").write_bytes(b"12345")
    with open_source(tmp_path / "ü x.npy", Limits()) as source:
        assert (source.kind, source.size, source.listing) == (Kind.NPY, 5, None)
        assert source.stream is not None and source.stream.read() == b"12345"


def test_a_folder_is_listed(tmp_path: Path) -> None:
    intake_parts.write_images(tmp_path, {"a.png": intake_parts.GRAY[0]})
    with open_source(tmp_path, Limits()) as source:
        assert (source.kind, source.stream) == (Kind.FOLDER, None)
        assert source.listing is not None
        assert source.size == source.listing.size == (tmp_path / "a.png").stat().st_size


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("a.npy", DataError, r"too much data in .*a.npy: expected at most 4 bytes, got 5; raise"),
        ("a.pkl", PickleRefused, r"file too large in .*a.pkl at byte 4: .*--max-file-mib"),
    ],
)
def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, name: str, kind: type[DataError], message: str
) -> None:
    (tmp_path / name).write_bytes(b"12345")
    with pytest.raises(kind, match=message) as caught:
        open_source(tmp_path / name, Limits(file_bytes=4))
    assert caught.type is kind


def test_a_folder_may_have_as_much_as_pixels(tmp_path: Path) -> None:
    intake_parts.write_images(tmp_path, {"a.png": intake_parts.GRAY[0]})
    open_source(tmp_path, Limits(file_bytes=1)).__exit__(None, None, None)
    with pytest.raises(
        DataError, match="too much data in .*: expected at most 1 bytes, got [0-9]+$"
    ):
        open_source(tmp_path, Limits(pixel_bytes=1))


def test_a_file_that_must_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.pkl").touch()
    monkeypatch.setattr("producer.intake.source.os.open", refuse)
    with pytest.raises(DataError, match="cannot read the file at .*a.pkl: got Permission denied"):
        open_source(tmp_path / "a.pkl", Limits())
