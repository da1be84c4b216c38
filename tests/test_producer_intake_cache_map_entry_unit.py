"""map_entry: the arrays and names of an entry."""

from __future__ import annotations

import json
from pathlib import Path

import intake_parts
import numpy as np
import pytest
from intake_parts import GRAY, MANIFEST

from producer.intake.cache import map_entry


def test_images_and_names_are_there(tmp_path: Path) -> None:
    names = [f"ü {k}.png" for k in range(6)]
    intake_parts.write_entry(tmp_path)
    (tmp_path / "names.json").write_text(json.dumps(names), "ascii")
    loaded = map_entry(tmp_path, MANIFEST, "here")
    assert np.array_equal(loaded.images.stack, GRAY) and loaded.images.where == "here"
    assert loaded.manifest.names == tuple(names)


@pytest.mark.parametrize("names", ['["a"]', "[1, 2]", "{", '"text"'])
def test_names_that_do_not_fit_are_refused(tmp_path: Path, names: str) -> None:
    intake_parts.write_entry(tmp_path)
    (tmp_path / "names.json").write_text(names, "ascii")
    with pytest.raises(ValueError):
        map_entry(tmp_path, MANIFEST, "here")


def test_another_number_of_images_is_refused(tmp_path: Path) -> None:
    intake_parts.write_entry(tmp_path)
    with pytest.raises(ValueError, match="another number of images"):
        map_entry(tmp_path, MANIFEST.model_copy(update={"count": 5}), "here")
