"""docs/datasets.md names the suffixes that are taken, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from producer.intake.cache import MAX_BYTES
from producer.intake.formats import Kind, kind_of_file

TEXT = (Path(__file__).parent.parent / "docs" / "datasets.md").read_text(encoding="utf-8")
ROWS = {
    "pickle": Kind.PICKLE,
    "`.npy`": Kind.NPY,
    "`.npz`": Kind.NPZ,
    "IDX": Kind.IDX,
    "video": Kind.VIDEO,
    "recording": Kind.RECORDING,
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_suffix_of_the_table_is_of_its_kind(tmp_path: Path, name: str) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {name} |")]
    suffixes = re.findall(r"`([.-][a-z0-9.-]+)`", row.split("|")[2])
    assert suffixes or name.startswith("`")
    for suffix in suffixes or [name.strip("`")]:
        (tmp_path / f"a{suffix}").touch()
        assert kind_of_file(tmp_path / f"a{suffix}") is ROWS[name]


def test_the_size_of_the_cache_is_told() -> None:
    assert f"Beyond {MAX_BYTES // 2**30} GiB" in TEXT
