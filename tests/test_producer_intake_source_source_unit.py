"""Source: hashed, and watched for changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import intake_parts
import pytest

from producer.intake.source import Source, open_source
from shared.errors import DataError
from shared.intake.limits import Limits


def _folder(tmp_path: Path, *names: str) -> Path:
    return intake_parts.write_images(tmp_path, dict.fromkeys(names, intake_parts.GRAY[0]))


def _sha256(path: Path) -> str:
    source: Source
    with open_source(path, Limits()) as source:
        return source.sha256()


def test_a_file_has_the_sha_256_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"content")
    with open_source(tmp_path / "a.npy", Limits()) as source:
        digests = {source.sha256() for _ in range(2)}
    assert digests == {hashlib.sha256(b"content").hexdigest()}


def test_a_folder_has_one_of_its_names_and_contents(tmp_path: Path) -> None:
    first = _sha256(_folder(tmp_path / "1", "a.png", "b/c.png"))
    assert _sha256(_folder(tmp_path / "2", "b/c.png", "a.png")) == first
    assert _sha256(_folder(tmp_path / "3", "a.png", "b/d.png")) != first
    other = _folder(tmp_path / "4", "a.png", "b/c.png")
    (other / "a.png").write_bytes(intake_parts.png(intake_parts.GRAY[1]))
    assert _sha256(other) != first


def test_a_file_that_vanishes_from_its_folder_is_named(tmp_path: Path) -> None:
    with open_source(_folder(tmp_path, "a.png"), Limits()) as source:
        (tmp_path / "a.png").unlink()
        with pytest.raises(DataError, match="cannot read the file at .*a.png: got No such file"):
            source.sha256()


def test_what_did_not_change_passes(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"content")
    for path in (tmp_path / "a.npy", _folder(tmp_path / "b", "c.png")):
        with open_source(path, Limits()) as source:
            source.sha256()
            source.check_unchanged(Limits())


def test_a_file_that_is_replaced_stays_what_was_opened(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"content")
    (tmp_path / "new").write_bytes(b"another")
    with open_source(tmp_path / "a.npy", Limits()) as source:
        os.replace(tmp_path / "new", tmp_path / "a.npy")
        source.check_unchanged(Limits())
        assert source.sha256() == hashlib.sha256(b"content").hexdigest()


@pytest.mark.parametrize("content", [b"longer content", b"changed"])
def test_a_file_that_is_written_to_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npy").write_bytes(b"content")
    os.utime(tmp_path / "a.npy", ns=(1, 1))
    with open_source(tmp_path / "a.npy", Limits()) as source:
        (tmp_path / "a.npy").write_bytes(content)
        with pytest.raises(DataError, match="the data changed while it was read in .*a.npy; try"):
            source.check_unchanged(Limits())


def test_a_change_whose_time_was_set_back_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"content")
    os.utime(tmp_path / "a.npy", ns=(1, 1))
    with open_source(tmp_path / "a.npy", Limits()) as source:
        (tmp_path / "a.npy").write_bytes(b"changed")
        os.utime(tmp_path / "a.npy", ns=(1, 1))
        with pytest.raises(DataError, match="the data changed while it was read"):
            source.check_unchanged(Limits())


def test_a_folder_that_gets_a_file_is_refused(tmp_path: Path) -> None:
    with open_source(_folder(tmp_path, "a.png"), Limits()) as source:
        _folder(tmp_path, "b.png")
        with pytest.raises(DataError, match="the data changed while it was read"):
            source.check_unchanged(Limits())


def test_its_name_in_errors_is_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "a\nb.npy").touch()
    with open_source(tmp_path / "a\nb.npy", Limits()) as source:
        assert source.where.endswith("a\\nb.npy")
