"""discard: a folder, a file or a link is gone, and what a link shows stays."""

from __future__ import annotations

import os
from pathlib import Path

from producer.intake.workspaces import discard


def test_whatever_lies_there_goes(tmp_path: Path) -> None:
    real, cache = tmp_path / "real", tmp_path / "cache"
    for folder in (real, cache, cache / "folder"):
        folder.mkdir()
        (folder / "x").touch()
    (cache / "link").symlink_to(real)
    for name in ("folder", "x", "link", "absent"):
        discard(cache / name)
    assert os.listdir(cache) == []
    assert os.listdir(real) == ["x"]
