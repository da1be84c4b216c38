"""map_entry: the arrays and names of an entry."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, MANIFEST, WANTED

from producer.intake.cache import map_entry

NAMED = MANIFEST.model_copy(update={"names_sha256": "0" * 64})
WITH_NAMES = replace(WANTED, names=True)


def test_images_and_names_are_there(tmp_path: Path) -> None:
    names = [f"ü {k}.png" for k in range(6)]
    intake_parts.write_entry(tmp_path)
    (tmp_path / "names.json").write_text(json.dumps(names), "ascii")
    loaded = map_entry(tmp_path, NAMED, WITH_NAMES)
    assert np.array_equal(loaded.images.stack, GRAY) and loaded.images.where == "here"
    assert loaded.names == tuple(names)


def test_names_are_read_only_where_they_are_wanted(tmp_path: Path) -> None:
    intake_parts.write_entry(tmp_path)
    (tmp_path / "names.json").write_text("no names", "ascii")
    for manifest, wanted in ((NAMED, WANTED), (MANIFEST, WITH_NAMES)):
        assert not map_entry(tmp_path, manifest, wanted).names


@pytest.mark.parametrize("names", ['["a"]', "[1, 2]", "{", '"text"'])
def test_names_that_do_not_fit_are_refused(tmp_path: Path, names: str) -> None:
    intake_parts.write_entry(tmp_path)
    (tmp_path / "names.json").write_text(names, "ascii")
    with pytest.raises(ValueError):
        map_entry(tmp_path, NAMED, WITH_NAMES)


def test_another_number_of_images_is_refused(tmp_path: Path) -> None:
    intake_parts.write_entry(tmp_path)
    with pytest.raises(ValueError, match="another number of images"):
        map_entry(tmp_path, MANIFEST.model_copy(update={"count": 5}), WANTED)
