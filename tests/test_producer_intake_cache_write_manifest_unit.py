"""write_manifest: what makes a folder an entry."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_parts import MANIFEST

from producer.intake.cache import write_manifest
from producer.intake.manifest import Manifest
from shared.errors import StoreError


def test_it_is_json_that_is_read_again(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert Manifest.model_validate_json((tmp_path / "manifest.json").read_bytes()) == MANIFEST


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write at .*absent: got No such file"):
        write_manifest(tmp_path / "absent", MANIFEST)
